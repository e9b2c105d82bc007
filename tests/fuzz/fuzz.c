// libFuzzer's entry points: the runtime starts once, then a Python function of tests/fuzz/targets.py gets
// every input as a bytes object. Which one, the environment says: FUZZ_TARGET=json.
//
// A target returns, or catches what its subject may raise. An exception that leaves it, a report of the
// sanitizers, a signal and a hang are findings.
#include <stdlib.h>

#include "objects/abstract.h"
#include "objects/bytes.h"
#include "objects/errors.h"
#include "vm/config.h"
#include "vm/paths.h"
#include "vm/runtime.h"

static Object *target;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    static char *arguments[] = { "coluber", "-S", "-B", "-W", "ignore", "-c", "pass", NULL };
    const char *name = getenv("FUZZ_TARGET");
    if (!name || setenv("PYTHONPATH", FUZZ_FOLDER, 1) < 0) {
        fprintf(stderr, "FUZZ_TARGET must name a function of " FUZZ_FOLDER "/targets.py\n");
        exit(2);
    }
    if (config_read(sizeof(arguments) / sizeof(*arguments) - 1, arguments) >= 0 || paths_init() < 0 ||
        runtime_init() < 0) {
        exit(2);
    }
    heap_add_root(&target, 1);
    target = import_get_attr("targets", name);
    if (!target) {
        error_print();
        exit(2);
    }
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    Object *input = bytes_from(data, (ssize_t)size);
    if (!input || !call1(target, input)) {
        error_print();
        abort();
    }
    return 0;
}
