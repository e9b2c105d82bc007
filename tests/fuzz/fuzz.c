// libFuzzer's entry points: the runtime starts once, then a Python function of tests/fuzz/targets.py gets
// every input as a bytes object. Which one, the environment says: FUZZ_TARGET=json.
//
// A target returns, or catches what its subject may raise. An exception that leaves it, a report of the
// sanitizers, a signal and a hang are findings.
//
// Where tests/fuzz/mutators.py has a function of the target's name, which knows what its inputs are made of, that
// makes half of them from older ones; libFuzzer, to which all is bytes, makes the others.
#include <stdlib.h>

#include "objects/abstract.h"
#include "objects/builtin.h"
#include "objects/bytes.h"
#include "objects/errors.h"
#include "objects/int.h"
#include "objects/str.h"
#include "vm/config.h"
#include "vm/frame.h"
#include "vm/paths.h"
#include "vm/runtime.h"
#include "vm/twin.h"

static Object *target, *mutator;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);

// A damaged program may catch what should stop it and go on for ever. So its frames lose their exception handlers: all
// between here and the function that says how long they may take.
static Object *forget_handlers(Object *self, Object *limiting) {
    for (Frame *frame = thread_current->frame; frame && (Object *)frame->code != limiting;
         frame = frame->back) {
        if (frame->twin && !str_equal_cstring(frame->code->filename, FUZZ_FOLDER "/targets.py")) {
            frame->twin->handled_count = 0;
        }
    }
    return NONE;
}

static BuiltinDef forget_handlers_def = BUILTIN("forget_handlers", forget_handlers, "($module, limiting, /)",
                                                0, NULL);

static int fuzz_init(const char *name) {
    heap_add_root(&target, 1);
    heap_add_root(&mutator, 1);
    Object *module = import_module("targets"), *mutators = module ? import_module("mutators") : NULL;
    Object *forget = mutators ? builtin_function_new(&forget_handlers_def, NULL, NULL) : NULL;
    if (!forget || object_setattr(module, str_intern_cstring("forget_handlers"), forget) < 0) {
        return -1;
    }
    target = object_getattr_cstring(module, name);
    mutator = target ? object_getattr_cstring(mutators, name) : NULL;
    return target && (mutator || error_clear_if(&exc_AttributeError)) ? 0 : -1;
}

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
    if (fuzz_init(name) < 0) {
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

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed) {
    if (!mutator || seed % 2 == 0) {
        return LLVMFuzzerMutate(data, size, most);
    }
    Object *input = bytes_from(data, (ssize_t)size), *number = int_from_u64(seed);
    Object *output = input && number ? call2(mutator, input, number) : NULL;
    if (!output || !bytes_check(output)) {
        error_print();
        abort();
    }
    size_t length = (size_t)bytes_length(output);
    if (length == 0 || length > most) {
        return LLVMFuzzerMutate(data, size, most);
    }
    memcpy(data, bytes_data(output), length);
    return length;
}
