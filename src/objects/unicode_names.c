// Names of characters: from the generated words, by rule for ideographs and Hangul syllables.
#include "objects/errors.h"
#include "objects/unicode_data.h"

static const char *const hangul_initial[] = {
    "G", "GG", "N", "D", "DD", "R", "M", "B", "BB", "S", "SS", "", "J", "JJ", "C", "K", "T", "P", "H",
};
static const char *const hangul_vowel[] = {
    "A",  "AE", "YA", "YAE", "EO", "E",  "YEO", "YE", "O",  "WA", "WAE",
    "OE", "YO", "U",  "WEO", "WE", "WI", "YU",  "EU", "YI", "I",
};
static const char *const hangul_final[] = {
    "",   "G",  "GG", "GS", "N",  "NJ", "NH", "D",  "L", "LG", "LM", "LB", "LS", "LT",
    "LP", "LH", "M",  "B",  "BS", "S",  "SS", "NG", "J", "C",  "K",  "T",  "P",  "H",
};
enum { HANGUL_FIRST = 0xac00, HANGUL_COUNT = 11172 };

static size_t spell(uint32_t offset, char *out) {
    char *p = out;
    for (;; offset++) {
        const char *word = name_words[name_stream[offset] & 0x7fff];
        size_t n = strlen(word);
        memcpy(p, word, n);
        p += n;
        if (name_stream[offset] & 0x8000) {
            *p = 0;
            return (size_t)(p - out);
        }
        *p++ = ' ';
    }
}

static bool is_unified(uint32_t c) {
    for (size_t i = 0; i < unified_ideograph_count; i++) {
        if (c >= unified_ideographs[i][0] && c <= unified_ideographs[i][1]) {
            return true;
        }
    }
    return false;
}

size_t unicode_name(uint32_t c, char *out) {
    if (c >= UNICODE_LIMIT) {
        return 0;
    }
    if (c - HANGUL_FIRST < HANGUL_COUNT) {
        uint32_t i = c - HANGUL_FIRST;
        return (size_t)snprintf(out, UNICODE_NAME_LONGEST, "HANGUL SYLLABLE %s%s%s", hangul_initial[i / 588],
                                hangul_vowel[i % 588 / 28], hangul_final[i % 28]);
    }
    if (is_unified(c)) {
        return (size_t)snprintf(out, UNICODE_NAME_LONGEST, "CJK UNIFIED IDEOGRAPH-%X", c);
    }
    uint32_t offset = name_values[((size_t)name_index[c >> UNICODE_SHIFT] << UNICODE_SHIFT) +
                                  (c & UNICODE_BLOCK_MASK)];
    return offset ? spell(offset, out) : 0;
}

// The longest entry of a list that the text begins with.
static int longest(const char *const *list, int count, const char **text) {
    int best = -1;
    size_t best_length = 0;
    for (int i = 0; i < count; i++) {
        size_t n = strlen(list[i]);
        if ((best < 0 || n > best_length) && !strncmp(*text, list[i], n)) {
            best = i;
            best_length = n;
        }
    }
    *text += best_length;
    return best;
}

int unicode_lookup(const char *name, size_t length, bool aliases, bool sequences, uint32_t *out) {
    char upper[UNICODE_NAME_LONGEST], spelled[UNICODE_NAME_LONGEST];
    if (length >= sizeof upper) {
        return 0;
    }
    for (size_t i = 0; i < length; i++) {
        char c = name[i];
        upper[i] = c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
    }
    upper[length] = 0;
    if (!strncmp(upper, "HANGUL SYLLABLE ", 16)) {
        const char *p = upper + 16;
        int l = longest(hangul_initial, 19, &p), v = longest(hangul_vowel, 21, &p);
        int t = longest(hangul_final, 28, &p);
        if (l >= 0 && v >= 0 && t >= 0 && p == upper + length) {
            out[0] = HANGUL_FIRST + (uint32_t)((l * 21 + v) * 28 + t);
            return 1;
        }
        return 0;
    }
    if (!strncmp(upper, "CJK UNIFIED IDEOGRAPH-", 22)) {
        uint32_t c = 0;
        if (length != 26 && length != 27) {
            return 0;
        }
        for (const char *p = upper + 22; *p; p++) {
            uint32_t digit = *p >= '0' && *p <= '9'   ? (uint32_t)(*p - '0')
                             : *p >= 'A' && *p <= 'F' ? (uint32_t)(*p - 'A' + 10)
                                                      : 99;
            if (digit == 99) {
                return 0;
            }
            c = c << 4 | digit;
        }
        out[0] = c;
        return is_unified(c);
    }
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < length; i++) {
        hash = (hash ^ (uint8_t)upper[i]) * 16777619u;
    }
    hash ^= hash >> 15;
    for (uint32_t i = hash & name_table_mask;; i = (i + 1) & name_table_mask) {
        uint32_t c = name_table[i];
        if (c == UINT32_MAX) {
            return 0;
        }
        const NameAlias *alias = c >= UNICODE_LIMIT ? &name_aliases[c - UNICODE_LIMIT] : NULL;
        size_t n = alias ? spell(alias->name, spelled) : unicode_name(c, spelled);
        if (n != length || memcmp(spelled, upper, n) != 0) {
            continue;
        }
        if (!alias) {
            out[0] = c;
            return 1;
        }
        if (alias->count > 1 ? !sequences : !aliases) {
            return 0;
        }
        memcpy(out, alias->codes, alias->count * sizeof *out);
        return alias->count;
    }
}

bool unicode_names_are_there(void) {
    extern Object *import_module(const char *name);
    static bool loaded;
    if (!__atomic_load_n(&loaded, __ATOMIC_RELAXED)) {
        if (!import_module("unicodedata")) {
            error_clear();
            return false;
        }
        __atomic_store_n(&loaded, true, __ATOMIC_RELAXED);
    }
    return true;
}
