// See frozen.h.
#include "modules/frozen.h"

#include <sys/stat.h>

#include "compile/compile.h"
#include "modules/frozen_table.h"
#include "modules/imp.h"
#include "modules/marshal.h"
#include "objects/code.h"
#include "objects/errors.h"
#include "objects/str.h"
#include "objects/tuple.h"
#include "vm/paths.h"
#include "vm/runtime.h"

int frozen_override;

// Without these three nothing can be imported, so they cannot be hidden.
static bool is_essential(const Frozen *frozen) {
    return strcmp(frozen->name, "_frozen_importlib") == 0 ||
           strcmp(frozen->name, "_frozen_importlib_external") == 0 || strcmp(frozen->name, "zipimport") == 0;
}

const Frozen *frozen_find(Object *name) {
    bool shown = frozen_override ? frozen_override > 0 : config.frozen_modules;
    for (size_t i = 0; i < frozen_table_size; i++) {
        const Frozen *frozen = &frozen_table[i];
        if (str_equal_cstring(name, frozen->name)) {
            return shown || is_essential(frozen) ? frozen : NULL;
        }
    }
    return NULL;
}

static uint8_t *read_file(const char *path, size_t *size) {
    FILE *file = fopen(path, "re");
    struct stat status;
    if (!file) {
        return NULL;
    }
    uint8_t *data = NULL;
    if (fstat(fileno(file), &status) == 0 && status.st_size < INT32_MAX) {
        *size = (size_t)status.st_size;
        data = malloc(*size + 1);
        if (data && fread(data, 1, *size, file) != *size) {
            free(data);
            data = NULL;
        }
    }
    fclose(file);
    return data;
}

int code_rename(Object *object, Object *filename) {
    Code *code = (Code *)object;
    if (recursion_enter(" while renaming a code object") < 0) {
        return -1;
    }
    int status = 0;
    gc_store(code, &code->filename, filename);
    for (ssize_t i = 0; status == 0 && i < tuple_size(code->consts); i++) {
        Object *constant = tuple_get(code->consts, i);
        if (constant->type == &code_type) {
            status = code_rename(constant, filename);
        }
    }
    recursion_leave();
    return status;
}

static Object *load_code(const uint8_t *data, size_t size) {
    Object *code = marshal_loads(data, size);
    if (!code || code->type != &code_type) {
        error_clear();
        return NULL;
    }
    return code;
}

// The .pyc's code when its header says that it was made from the source as it is now.
static Object *code_from_pyc(const char *path, const struct stat *source) {
    size_t size;
    uint8_t *data = read_file(path, &size);
    Object *code = NULL;
    if (data && size > 16) {
        uint32_t header[4];
        memcpy(header, data, 16);
        bool current = header[0] == PYC_MAGIC &&
                       ((header[1] == 0 && header[2] == (uint32_t)source->st_mtime &&
                         header[3] == (uint32_t)source->st_size) ||
                        header[1] == 1);
        code = current ? load_code(data + 16, size - 16) : NULL;
    }
    free(data);
    return code;
}

static Object *code_from_source(const char *path, Object *filename) {
    size_t size;
    uint8_t *source = read_file(path, &size);
    if (!source) {
        return raise_error(&exc_ImportError, "cannot read the standard library's %s", path);
    }
    Object *code = compile_source((const char *)source, size, filename, PARSE_FILE, 0, 0, 11);
    free(source);
    return code;
}

Object *frozen_code(const Frozen *frozen) {
    if (!frozen->path) {
        return marshal_loads(frozen->code, frozen->code_size);
    }
    char *source = NULL, *pyc = NULL;
    const char *base = strrchr(frozen->path, '/');
    int directory = base ? (int)(base - frozen->path) + 1 : 0;
    if (asprintf(&source, "%s/%s.py", paths.stdlib, frozen->path) < 0) {
        return raise_memory_error();
    }
    Object *code = NULL;
    struct stat status;
    bool present = stat(source, &status) == 0;
    if (present && status.st_mtime == frozen->source_time && status.st_size == frozen->source_size) {
        code = load_code(frozen->code, frozen->code_size);
    }
    if (!code) {
        // Frozen code is never optimized, whatever -O says: so it is with python3.11.
        Object *filename = str_format("<frozen %s>", frozen->origin + (*frozen->origin == '<'));
        if (filename && asprintf(&pyc, "%s/%.*s__pycache__/%s.cpython-311.pyc", paths.stdlib, directory,
                                 frozen->path, frozen->path + directory) < 0) {
            pyc = NULL;
            filename = raise_memory_error();
        }
        code = filename && present ? code_from_pyc(pyc, &status) : NULL;
        if (filename && !code) {
            code = code_from_source(source, filename);
        }
        if (code && code_rename(code, filename) < 0) {
            code = NULL;
        }
    }
    free(source);
    free(pyc);
    return code;
}
