// Universal newlines: IncrementalNewlineDecoder, and the translation that StringIO and TextIOWrapper share.
#include "base/search.h"
#include "modules/io/io.h"

Object *newlines_seen(int seen) {
    const char *const texts[3] = { "\r", "\n", "\r\n" };
    Object *found[3];
    size_t count = 0;
    for (int i = 0; i < 3; i++) {
        if (seen >> i & 1 && !(found[count++] = str_from_cstring(texts[i]))) {
            return NULL;
        }
    }
    return count == 0 ? NONE : count == 1 ? found[0] : tuple_from_array(found, (ssize_t)count);
}

Object *newlines_translate(Object *text, bool translate, int *seen) {
    ssize_t length = str_length(text), start = 0;
    int kind = str_kind(text);
    const char *data = str_data(text);
    StrBuilder out;
    str_builder_init(&out, length);
    for (;;) {
        const char *rest = data + start * kind;
        ssize_t left = length - start, cr = search_unit(kind, rest, left, '\r', 1);
        if (!(*seen & 2) && search_unit(kind, rest, cr < 0 ? left : cr, '\n', 1) >= 0) {
            *seen |= 2;
        }
        if (cr < 0) {
            break;
        }
        ssize_t end = start + cr;
        bool pair = end + 1 < length && text_read(kind, data, end + 1) == '\n';
        *seen |= pair ? 4 : 1;
        if (translate &&
            (str_builder_range(&out, text, start, end) < 0 || str_builder_char(&out, '\n') < 0)) {
            return NULL;
        }
        start = end + 1 + pair;
    }
    if (!start || !translate) {
        return text;
    }
    return str_builder_range(&out, text, start, length) < 0 ? NULL : str_builder_finish(&out);
}

// ---- IncrementalNewlineDecoder

typedef struct NewlineDecoder {
    Object base;
    Object *decoder, *errors;
    bool translate, pending_cr;
    int seen;
} NewlineDecoder;

static inline NewlineDecoder *nld(Object *o) {
    return (NewlineDecoder *)o;
}

static void nld_trace(Object *self, Tracer *tracer) {
    trace_cell(tracer, nld(self)->decoder);
    trace_cell(tracer, nld(self)->errors);
}

static Object *nld_new(Type *type, Object *const *args, size_t nargs, Object *kwnames) {
    return object_alloc(type);
}

static int nld_init(Object *self, Object *const *args, size_t nargs, Object *kwnames) {
    static struct Signature *signature;
    Object *b[3];
    if (signature_bind(&signature, "IncrementalNewlineDecoder", "|(decoder, translate, errors='strict')",
                       args, nargs, kwnames, b) < 0) {
        return -1;
    }
    int translate = int_to_c_int(b[1]);
    if (translate == -1 && error_occurred()) {
        return -1;
    }
    gc_store(self, &nld(self)->decoder, b[0]);
    gc_store(self, &nld(self)->errors, b[2]);
    nld(self)->translate = translate != 0;
    return 0;
}

static Object *nld_feed(Object *self, Object *text, bool final) {
    NewlineDecoder *d = nld(self);
    if (d->pending_cr && (final || str_length(text))) {
        Object *cr = str_from_cstring("\r");
        text = cr ? str_concat(cr, text) : NULL;
        d->pending_cr = false;
    }
    if (!text) {
        return NULL;
    }
    ssize_t n = str_length(text);
    if (!final && n && str_read(text, n - 1) == '\r') {
        d->pending_cr = true;
        text = str_substring(text, 0, n - 1);
    }
    return text ? newlines_translate(text, d->translate, &d->seen) : NULL;
}

// NULL with ValueError when __init__ never ran.
static Object *nld_decoder(Object *self) {
    Object *decoder = nld(self)->decoder;
    return decoder ? decoder
                   : raise_error(&exc_ValueError, "IncrementalNewlineDecoder.__init__() not called");
}

static Object *nld_decode(Object *self, Object *input, Object *final_object) {
    int final = final_object ? int_to_c_int(final_object) : 0;
    if ((final == -1 && error_occurred()) || !nld_decoder(self)) {
        return NULL;
    }
    Object *text = nld(self)->decoder == NONE
                       ? input
                       : call_method2(nld(self)->decoder, names.decode, input, bool_from(final != 0));
    if (text && !str_check(text)) {
        return raise_error(&exc_TypeError, "decoder should return a string result, not '%T'", text);
    }
    return text ? nld_feed(self, text, final != 0) : NULL;
}

static Object *nld_getstate(Object *self) {
    if (!nld_decoder(self)) {
        return NULL;
    }
    Object *data = bytes_from("", 0), *flag = int_from_i64(0);
    if (nld(self)->decoder != NONE) {
        Object *state = io_call(nld(self)->decoder, names.getstate);
        if (!state || !tuple_check(state) || tuple_size(state) != 2 || !int_check(tuple_get(state, 1))) {
            return state ? raise_error(&exc_TypeError, "illegal decoder state") : NULL;
        }
        data = tuple_get(state, 0);
        flag = tuple_get(state, 1);
    }
    uint64_t bits = int_to_u64_mask(flag);
    flag = int_from_u64(bits << 1 | nld(self)->pending_cr);
    return data && flag ? tuple_pack(2, data, flag) : NULL;
}

static Object *nld_setstate(Object *self, Object *state) {
    if (!nld_decoder(self)) {
        return NULL;
    }
    if (!tuple_check(state)) {
        return raise_error(&exc_TypeError, "state argument must be a tuple");
    }
    if (tuple_size(state) != 2 || !int_check(tuple_get(state, 1))) {
        return raise_error(&exc_TypeError, "setstate(): illegal state argument");
    }
    uint64_t bits = int_to_u64_mask(tuple_get(state, 1));
    nld(self)->pending_cr = bits & 1;
    if (nld(self)->decoder != NONE) {
        Object *inner = tuple_pack(2, tuple_get(state, 0), int_from_u64(bits >> 1));
        return inner ? io_call1(nld(self)->decoder, names.setstate, inner) : NULL;
    }
    return NONE;
}

static Object *nld_reset(Object *self) {
    if (!nld_decoder(self)) {
        return NULL;
    }
    nld(self)->seen = 0;
    nld(self)->pending_cr = false;
    return nld(self)->decoder != NONE ? io_call(nld(self)->decoder, names.reset) : NONE;
}
static Object *nld_newlines(Object *self, void *closure) {
    return newlines_seen(nld(self)->seen);
}

static BuiltinDef nld_methods[] = {
    BUILTIN("decode", nld_decode, "($self, /, input, final=False)", 0, NULL),
    BUILTIN("getstate", nld_getstate, "($self, /)", 0, NULL),
    BUILTIN("setstate", nld_setstate, "($self, state, /)", 0, NULL),
    BUILTIN("reset", nld_reset, "($self, /)", 0, NULL),
    BUILTIN_END,
};
static GetSetDef nld_getsets[] = {
    { "newlines", nld_newlines, NULL, NULL, NULL },
    { NULL, NULL, NULL, NULL, NULL },
};
Type newline_decoder_type;
const TypeSpec newline_decoder_spec = {
    .name = "_io.IncrementalNewlineDecoder",
    .basic_size = sizeof(NewlineDecoder),
    .flags = TF_BASE | TF_GC,
    .methods = nld_methods,
    .getsets = nld_getsets,
    .trace = nld_trace,
    .slots = { .new = nld_new, .init = nld_init },
};
