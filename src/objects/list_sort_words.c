// Sorting by machine words: numbers and texts have order-preserving 64-bit keys, and a stable radix sort puts
// those in order without a single comparison. What has the same key is compared in full, within its group.
//
// Only for items whose comparison runs no Python code and is a total order, where every stable sort has the
// same result: ints, floats without NaN, ints among floats, str, bytes, and tuples that consist of them (of the same
// kinds at each place), and what has keys of its own, such as dates. The arrays of the list stay as they are until the order is known; they keep the items
// alive meanwhile, so that entries may lie in memory of malloc.
#include "objects/bytes.h"
#include "objects/containers.h"
#include "objects/float.h"
#include "objects/int.h"
#include "objects/list_sort.h"
#include "objects/list_storage.h"
#include "objects/str.h"
#include "objects/tuple.h"

typedef struct Entry {
    uint64_t key;
    uint64_t index; // in the arrays of the list
} Entry;

typedef enum KeyKind {
    KEY_NONE,
    KEY_INT, // up to two digits: the value
    KEY_LONG, // the number of digits and the leading bits
    KEY_FLOAT, // the bits, negative ones inverted
    KEY_NUMBER, // ints as floats
    KEY_OWN, // what the type says: TypeSpec.sort_key
    KEY_LATIN1, // eight characters
    KEY_TEXT, // three characters
    KEY_BYTES, // eight bytes
} KeyKind;

typedef struct WordSort {
    Object **keys;
    KeyKind kind;
    bool firsts; // keys are tuples, their first items are looked at
    ssize_t skip; // how many characters all texts have in common
    Entry *entries, *spare;
    ssize_t count;
} WordSort;

enum { LEAST = 40, PLACES_MOST = 8, DEPTH_MOST = 32, POLL_EVERY = 1 << 16, RUNS_TO_MERGE = 8 };

// ---- what kind of keys

// True with the value when `o`, an int, has at most two digits.
static inline bool int_short_value(const Object *o, int64_t *value) {
    const Int *x = (const Int *)o;
    ssize_t size = x->var.size;
    if (size < -2 || size > 2) {
        return false;
    }
    int64_t magnitude = x->digits[0];
    if (size == 2 || size == -2) {
        magnitude |= (int64_t)x->digits[1] << 30;
    }
    *value = size < 0 ? -magnitude : size ? magnitude : 0;
    return true;
}

// How types have to agree between the items at one place; 0: no key.
static int type_class(const Object *o) {
    const Type *t = o->type;
    if (t == &float_type) {
        double value = float_value(o);
        return value != value ? 0 : 1;
    }
    return t == &int_type ? 1 : t == &str_type ? 2 : t == &bytes_type ? 3 : 0;
}

static bool tuples_are_plain(Object **keys, ssize_t count) {
    int classes[PLACES_MOST];
    ssize_t places = tuple_size(keys[0]);
    if (!places || places > PLACES_MOST) {
        return false;
    }
    for (ssize_t i = 0; i < places; i++) {
        classes[i] = type_class(tuple_get(keys[0], i));
        if (!classes[i]) {
            return false;
        }
    }
    for (ssize_t k = 1; k < count; k++) {
        if (tuple_size(keys[k]) != places) {
            return false;
        }
        for (ssize_t i = 0; i < places; i++) {
            if (type_class(tuple_get(keys[k], i)) != classes[i]) {
                return false;
            }
        }
    }
    return true;
}

static inline Object *key_object(const WordSort *sort, ssize_t i) {
    Object *key = sort->keys[i];
    return sort->firsts ? tuple_get(key, 0) : key;
}

static KeyKind find_kind(WordSort *sort) {
    ssize_t n = sort->count;
    Object **keys = sort->keys;
    for (ssize_t i = 1; i < n; i++) { // as a rule it is the first ones that tell
        if (keys[i]->type != keys[0]->type && !(type_class(keys[0]) == 1 && type_class(keys[i]) == 1)) {
            return KEY_NONE;
        }
    }
    if (keys[0]->type == &tuple_type) {
        if (!tuples_are_plain(keys, n)) {
            return KEY_NONE;
        }
        sort->firsts = true;
    }
    const Type *type = key_object(sort, 0)->type;
    if (type == &str_type) {
        for (ssize_t i = 0; i < n; i++) {
            if (str_kind(key_object(sort, i)) != 1) {
                return KEY_TEXT;
            }
        }
        return KEY_LATIN1;
    }
    if (type == &bytes_type) {
        return KEY_BYTES;
    }
    if (type != &int_type && type != &float_type) {
        return KEY_NONE;
    }
    bool any_float = false, any_int = false, exact = true, is_short = true;
    for (ssize_t i = 0; i < n; i++) {
        Object *o = key_object(sort, i);
        int64_t value;
        if (o->type == &float_type) {
            if (!type_class(o)) {
                return KEY_NONE;
            }
            any_float = true;
        } else {
            any_int = true;
            if (!int_short_value(o, &value)) {
                ssize_t size = ((Int *)o)->var.size;
                is_short = exact = false;
                if (size > 0x7fff || size < -0x7fff) {
                    return KEY_NONE;
                }
            } else if (value > (int64_t)1 << 53 || value < -((int64_t)1 << 53)) {
                exact = false;
            }
        }
    }
    if (any_float) {
        return !any_int ? KEY_FLOAT : exact ? KEY_NUMBER : KEY_NONE;
    }
    return is_short ? KEY_INT : KEY_LONG;
}

// ---- keys

static inline uint64_t float_key(double value) {
    value += 0.0; // -0.0 equals 0.0
    uint64_t bits;
    memcpy(&bits, &value, 8);
    return bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
}

static inline uint64_t octets_key(const uint8_t *text, ssize_t length, ssize_t skip) {
    uint64_t word = 0;
    ssize_t left = length - skip;
    if (left >= 8) {
        memcpy(&word, text + skip, 8);
        return __builtin_bswap64(word);
    }
    for (ssize_t i = 0; i < 8; i++) {
        word = word << 8 | (i < left ? text[skip + i] : 0);
    }
    return word;
}

static uint64_t text_key(const Object *o, ssize_t skip) {
    uint64_t key = 0;
    ssize_t length = str_length(o);
    for (ssize_t i = skip; i < skip + 3; i++) {
        key = key << 21 | (i < length ? str_read(o, i) : 0);
    }
    return key;
}

// Two digits of size and sign, 47 bits of the number.
static uint64_t long_key(const Object *o) {
    const Int *x = (const Int *)o;
    ssize_t size = x->var.size < 0 ? -x->var.size : x->var.size;
    uint64_t bits = 0;
    for (ssize_t i = size - 1; i >= size - 2; i--) {
        bits = bits << 30 | (i >= 0 ? x->digits[i] : 0);
    }
    uint64_t magnitude = (uint64_t)size << 47 | bits >> 13;
    uint64_t sign = (uint64_t)1 << 63;
    return x->var.size < 0 ? ~(magnitude | sign) : magnitude | sign;
}

static uint64_t key_of(const WordSort *sort, uint64_t index) {
    Object *o = key_object(sort, (ssize_t)index);
    int64_t value = 0;
    switch (sort->kind) {
    case KEY_INT: int_short_value(o, &value); return (uint64_t)value ^ (uint64_t)1 << 63;
    case KEY_LONG: return long_key(o);
    case KEY_FLOAT: return float_key(float_value(o));
    case KEY_NUMBER:
        if (o->type == &int_type) {
            int_short_value(o, &value);
            return float_key((double)value);
        }
        return float_key(float_value(o));
    case KEY_LATIN1: return octets_key(str_data(o), str_length(o), sort->skip);
    case KEY_BYTES: return octets_key((const uint8_t *)bytes_data(o), bytes_length(o), sort->skip);
    default: return text_key(o, sort->skip);
    }
}

static inline bool is_text(const WordSort *sort) {
    return sort->kind >= KEY_LATIN1;
}

static ssize_t text_length(const WordSort *sort, const Object *o) {
    return sort->kind == KEY_BYTES ? bytes_length(o) : str_length(o);
}

static inline uint32_t text_unit(const WordSort *sort, const Object *o, ssize_t i) {
    return sort->kind == KEY_BYTES ? (uint8_t)bytes_data(o)[i] : str_read(o, i);
}

static inline const uint8_t *octets(const WordSort *sort, const Object *o) {
    return sort->kind == KEY_BYTES ? (const uint8_t *)bytes_data(o) : str_data(o);
}

// How many characters, beyond the `skip` first, all texts of a group have in common.
static ssize_t common_prefix(const WordSort *sort, const Entry *entries, ssize_t n, ssize_t skip) {
    Object *first = key_object(sort, (ssize_t)entries[0].index);
    ssize_t common = text_length(sort, first);
    if (sort->kind != KEY_TEXT) {
        const uint8_t *text = octets(sort, first);
        for (ssize_t k = 1; k < n && common > skip; k++) {
            Object *o = key_object(sort, (ssize_t)entries[k].index);
            const uint8_t *other = octets(sort, o);
            ssize_t most = text_length(sort, o) < common ? text_length(sort, o) : common;
            if (most > skip && memcmp(text + skip, other + skip, (size_t)(most - skip)) == 0) {
                common = most;
                continue;
            }
            ssize_t i = skip;
            while (i < most && text[i] == other[i]) {
                i++;
            }
            common = i;
        }
        return common;
    }
    for (ssize_t k = 1; k < n && common > skip; k++) {
        Object *o = key_object(sort, (ssize_t)entries[k].index);
        ssize_t most = text_length(sort, o) < common ? text_length(sort, o) : common, i = skip;
        while (i < most && text_unit(sort, o, i) == text_unit(sort, first, i)) {
            i++;
        }
        common = i;
    }
    return common;
}

// ---- sorting

// Whether b has to go before a, of two entries in that order.
static bool goes_before(const WordSort *sort, Entry b, Entry a) {
    if (b.key != a.key) {
        return b.key < a.key;
    }
    Object *x = sort->keys[b.index], *y = sort->keys[a.index];
    return x != y && object_compare_bool(x, y, CMP_LT) == 1;
}

// A stable merge sort by full comparisons, for groups that keys do not tell apart.
static void merge_sort(const WordSort *sort, Entry *entries, ssize_t n, Entry *spare) {
    if (n <= 12) {
        for (ssize_t i = 1; i < n; i++) {
            Entry e = entries[i];
            ssize_t k = i;
            for (; k > 0 && goes_before(sort, e, entries[k - 1]); k--) {
                entries[k] = entries[k - 1];
            }
            entries[k] = e;
        }
        return;
    }
    ssize_t half = n / 2;
    merge_sort(sort, entries, half, spare);
    merge_sort(sort, entries + half, n - half, spare);
    if (!goes_before(sort, entries[half], entries[half - 1])) {
        return;
    }
    memcpy(spare, entries, (size_t)half * sizeof(Entry));
    ssize_t i = 0, j = half, to = 0;
    while (i < half && j < n) {
        entries[to++] = goes_before(sort, entries[j], spare[i]) ? entries[j++] : spare[i++];
    }
    memcpy(entries + to, spare + i, (size_t)(half - i) * sizeof(Entry));
}

// One pass for each byte in which keys differ, from the lowest. -1 with the exception of a signal's handler.
static NOINLINE int radix_sort(Entry *entries, ssize_t n, Entry *spare) {
    size_t counts[8][256] = { 0 };
    uint64_t any = 0, all = ~(uint64_t)0;
    for (ssize_t i = 0; i < n; i++) {
        any |= entries[i].key;
        all &= entries[i].key;
    }
    uint64_t differing = any ^ all;
    for (ssize_t i = 0; i < n; i++) {
        for (int byte = 0; byte < 8; byte++) {
            counts[byte][entries[i].key >> 8 * byte & 0xff]++;
        }
        if (UNLIKELY(i % POLL_EVERY == POLL_EVERY - 1) && safepoint() < 0) {
            return -1;
        }
    }
    Entry *from = entries, *to = spare;
    for (int byte = 0; byte < 8; byte++) {
        if (!(differing >> 8 * byte & 0xff)) {
            continue;
        }
        size_t *places = counts[byte], sum = 0;
        for (int i = 0; i < 256; i++) {
            size_t c = places[i];
            places[i] = sum;
            sum += c;
        }
        for (ssize_t i = 0; i < n; i++) {
            to[places[from[i].key >> 8 * byte & 0xff]++] = from[i];
            if (UNLIKELY(i % POLL_EVERY == POLL_EVERY - 1) && safepoint() < 0) {
                return -1;
            }
        }
        Entry *t = from;
        from = to;
        to = t;
    }
    if (from != entries) {
        memcpy(entries, from, (size_t)n * sizeof(Entry));
    }
    return 0;
}

static int sort_texts(WordSort *sort, Entry *entries, ssize_t n, Entry *spare, ssize_t skip, int depth);

// Sorts what has the same key after texts were compared up to `skip`.
static int sort_groups(WordSort *sort, Entry *entries, ssize_t n, Entry *spare, ssize_t skip, int depth) {
    for (ssize_t start = 0; start < n;) {
        ssize_t end = start + 1;
        while (end < n && entries[end].key == entries[start].key) {
            end++;
        }
        ssize_t size = end - start, same = start + 1;
        while (same < end && sort->keys[entries[same].index] == sort->keys[entries[start].index]) {
            same++;
        }
        size = same == end ? 1 : size; // the same object again and again
        if (size > 12 && is_text(sort) && !sort->firsts) {
            if (sort_texts(sort, entries + start, size, spare, skip, depth + 1) < 0) {
                return -1;
            }
        } else if (size > 1) {
            merge_sort(sort, entries + start, size, spare);
            if (safepoint() < 0) {
                return -1;
            }
        }
        start = end;
    }
    return 0;
}

// Sorts texts whose first `skip` characters are alike, and none of which is known to end before.
static int sort_texts(WordSort *sort, Entry *entries, ssize_t n, Entry *spare, ssize_t skip, int depth) {
    int result = 0;
    ssize_t shortest = SSIZE_LIMIT;
    for (ssize_t k = 0; k < n; k++) {
        ssize_t length = text_length(sort, key_object(sort, (ssize_t)entries[k].index));
        shortest = length < shortest ? length : shortest;
    }
    if (n < LEAST || shortest <= skip || depth > DEPTH_MOST) {
        merge_sort(sort, entries, n, spare);
    } else {
        sort->skip = skip = common_prefix(sort, entries, n, skip);
        for (ssize_t k = 0; k < n; k++) {
            entries[k].key = key_of(sort, entries[k].index);
        }
        result = radix_sort(entries, n, spare);
        if (result == 0) {
            result = sort_groups(sort, entries, n, spare, skip + (sort->kind == KEY_TEXT ? 3 : 8), depth);
        }
    }
    return result < 0 || safepoint() < 0 ? -1 : 0;
}

static void arrange(Object **items, const Entry *entries, ssize_t n, bool descending, Object **room) {
    for (ssize_t i = 0; i < n; i++) {
        room[descending ? n - 1 - i : i] = items[entries[i].index];
    }
    memcpy(items, room, (size_t)n * sizeof(Object *));
}

// What the order of the keys tells before they are sorted.
typedef struct Survey {
    uint64_t any, all; // the bits that are set in any of them, and in all
    ssize_t descents; // places where one is less than the one before
    ssize_t rises; // places where one is more than the one before, or equal
    ssize_t prefix; // how many are in order from the start
} Survey;

static inline void survey_key(Survey *survey, uint64_t last, uint64_t key, ssize_t i) {
    survey->any |= key;
    survey->all &= key;
    survey->rises += key > last && i;
    if (key < last && !survey->descents++) {
        survey->prefix = i;
    }
}

// The key of a simple kind; false: the item is of another kind.
__attribute__((always_inline)) static inline bool simple_key(KeyKind kind, const Object *first,
                                                             const Object *o, uint64_t *key) {
    if (kind == KEY_OWN) {
        return o->type == first->type && first->type->info->spec->sort_key(o, first, key);
    }
    if (kind == KEY_INT) {
        int64_t value;
        if (o->type != &int_type || !int_short_value(o, &value)) {
            return false;
        }
        *key = (uint64_t)value ^ (uint64_t)1 << 63;
        return true;
    }
    if (kind == KEY_FLOAT) {
        if (o->type != &float_type || float_value(o) != float_value(o)) {
            return false;
        }
        *key = float_key(float_value(o));
        return true;
    }
    if (o->type != &str_type || str_kind(o) != 1) {
        return false;
    }
    *key = octets_key(str_data(o), str_length(o), 0);
    return true;
}

__attribute__((always_inline)) static inline int guess_keys_of(KeyKind kind, WordSort *sort, Entry *entries,
                                                               bool descending, Survey *survey) {
    Survey found = *survey;
    uint64_t last = 0, index = descending ? (uint64_t)sort->count - 1 : 0,
             step = descending ? ~(uint64_t)0 : 1;
    sort->kind = kind;
    for (ssize_t i = 0; i < sort->count; i++, index += step) {
        uint64_t key, ahead = index + 12 * step;
        // The items lie all over the heap, in the order of their values as a rule: each would be waited for.
        if (LIKELY(ahead < (uint64_t)sort->count)) {
            __builtin_prefetch(&sort->keys[ahead]->type + 1);
        }
        if (!simple_key(kind, sort->keys[0], sort->keys[index], &key)) {
            return 0;
        }
        survey_key(&found, last, key, i);
        entries[i] = (Entry){ key, index };
        last = key;
        if (UNLIKELY(i % POLL_EVERY == POLL_EVERY - 1) && safepoint() < 0) {
            return -1;
        }
    }
    *survey = found;
    return 1;
}

// Fills in entries and survey when all items are of the first one's simple kind, in one pass. 1 when they were, 0 when
// find_kind has to look, -1 with the exception of a signal's handler.
static int guess_keys(WordSort *sort, Entry *entries, bool descending, Survey *survey) {
    const Type *type = sort->keys[0]->type;
    return type == &int_type     ? guess_keys_of(KEY_INT, sort, entries, descending, survey)
           : type == &float_type ? guess_keys_of(KEY_FLOAT, sort, entries, descending, survey)
           : type == &str_type   ? guess_keys_of(KEY_LATIN1, sort, entries, descending, survey)
           : !(type->flags & TF_HEAP) && type->info->spec->sort_key
               ? guess_keys_of(KEY_OWN, sort, entries, descending, survey)
               : 0;
}

// The first of entries `start` to `end`, which are in order, whose key is not less than `key` (above: is greater).
static ssize_t place_of(const Entry *entries, ssize_t start, ssize_t end, uint64_t key, bool above) {
    while (start < end) {
        ssize_t middle = start + (end - start) / 2;
        if (above ? entries[middle].key <= key : entries[middle].key < key) {
            start = middle + 1;
        } else {
            end = middle;
        }
    }
    return start;
}

// Merges what is in order from `start` with what is from `middle`, up to `end`.
static void merge_entries(Entry *entries, ssize_t start, ssize_t middle, ssize_t end, Entry *spare) {
    enum { BLOCK = 8 };
    // What is in its place already stays there.
    start = place_of(entries, start, middle, entries[middle].key, true);
    if (start == middle) {
        return;
    }
    end = place_of(entries, middle, end, entries[middle - 1].key, false);
    // From the right: the second part is the shorter one where a few items were appended.
    ssize_t left = middle - start, right = end - middle;
    memcpy(spare, entries + middle, (size_t)right * sizeof(Entry));
    ssize_t i = middle - 1, j = right - 1, to = end - 1;
    if (spare[j].key < entries[start].key) { // all of it goes first
        i = start - 1;
        memmove(entries + start + right, entries + start, (size_t)left * sizeof(Entry));
    } else if (left / 4 > right) { // many go between two of the second part
        while (j >= 0 && i - start >= BLOCK) {
            const Entry *from = entries + i - (BLOCK - 1);
            ssize_t count = 0;
            for (ssize_t k = 0; k < BLOCK; k++) {
                count += from[k].key > spare[j].key;
            }
            if (LIKELY(j + 1 >= BLOCK)) { // all of the block's new place is free
                memcpy(entries + to - (BLOCK - 1), from, BLOCK * sizeof(Entry));
            } else {
                memmove(entries + to + 1 - count, from + BLOCK - count, (size_t)count * sizeof(Entry));
            }
            i -= count;
            to -= count;
            if (count < BLOCK) {
                entries[to--] = spare[j--];
            }
        }
    }
    while (i >= start && j >= 0) {
        bool take_left = entries[i].key > spare[j].key;
        entries[to--] = take_left ? entries[i] : spare[j];
        i -= take_left;
        j -= !take_left;
    }
    memcpy(entries + start, spare, (size_t)(j + 1) * sizeof(Entry));
}

// A few long runs: merging them moves less than sorting. -1 with the exception of a signal's handler.
static int merge_runs(Entry *entries, ssize_t n, Entry *spare) {
    ssize_t ends[RUNS_TO_MERGE + 2], count = 0;
    for (ssize_t i = 1; i < n; i++) {
        if (entries[i].key < entries[i - 1].key) {
            ends[count++] = i;
        }
    }
    for (ends[count++] = n; count > 1;) {
        ssize_t merged = 0;
        for (ssize_t k = 0; k < count; k += 2) {
            if (k + 1 < count) {
                merge_entries(entries, k ? ends[k - 1] : 0, ends[k], ends[k + 1], spare);
                if (safepoint() < 0) {
                    return -1;
                }
            }
            ends[merged++] = ends[k + 1 < count ? k + 1 : k];
        }
        count = merged;
    }
    return 0;
}

static void reverse_entries(Entry *entries, ssize_t start, ssize_t end) {
    for (end--; start < end; start++, end--) {
        Entry e = entries[start];
        entries[start] = entries[end];
        entries[end] = e;
    }
}

// Sorts entries by their keys alone. -1 with the exception of a signal's handler.
static int sort_entries(Entry *entries, ssize_t n, Entry *spare, const Survey *survey) {
    if (!survey->descents) {
        return 0;
    }
    if (survey->descents <= RUNS_TO_MERGE) {
        return merge_runs(entries, n, spare);
    }
    if (!survey->rises) {
        reverse_entries(entries, 0, n);
        for (ssize_t i = 0, end; i < n; i = end) { // equal ones keep their order
            for (end = i + 1; end < n && entries[end].key == entries[i].key;) {
                end++;
            }
            reverse_entries(entries, i, end);
        }
        return 0;
    }
    ssize_t start = survey->prefix >= n / 2 ? survey->prefix : 0; // something was appended to what is sorted
    int result = radix_sort(entries + start, n - start, spare);
    if (result == 0 && start) {
        merge_entries(entries, 0, start, n, spare);
    }
    return result;
}

int list_sort_words(Object **keys, Object **values, ssize_t count, bool descending) {
    if (count < LEAST) {
        return 0;
    }
    WordSort sort = { .keys = keys, .count = count };
    Entry *entries = malloc((size_t)count * 2 * sizeof(Entry)), *spare = entries + count;
    if (!entries) {
        return 0;
    }
    Survey survey = { .all = ~(uint64_t)0 };
    int guessed = guess_keys(&sort, entries, descending, &survey);
    if (guessed < 0) {
        free(entries);
        return -1;
    }
    if (!guessed) {
        sort.kind = find_kind(&sort);
        if (sort.kind == KEY_NONE) {
            free(entries);
            return 0;
        }
        for (ssize_t i = 0; i < count; i++) {
            uint64_t index = (uint64_t)(descending ? count - 1 - i : i);
            entries[i] = (Entry){ key_of(&sort, index), index };
            survey_key(&survey, i ? entries[i - 1].key : 0, entries[i].key, i);
        }
    }
    bool ordered = !survey.descents;
    bool alike = is_text(&sort) && !sort.firsts && (survey.any ^ survey.all) < (uint64_t)1 << 48;
    int result;
    if (alike) { // the first characters tell little: keys from behind what all have in common
        result = sort_texts(&sort, entries, count, spare, 0, 0);
    } else {
        result = sort_entries(entries, count, spare, &survey);
    }
    bool ties = sort.firsts || is_text(&sort) || sort.kind == KEY_LONG;
    if (ordered && !ties && !descending) {
        free(entries);
        return 1;
    }
    if (result == 0 && ties && !alike) {
        result = sort_groups(&sort, entries, count, spare, sort.skip + (sort.kind == KEY_TEXT ? 3 : 8), 0);
    }
    if (result == 0) {
        // The other half of the entries' room is free by now. Only the order within the cells changes.
        arrange(keys, entries, count, descending, (Object **)spare);
        if (values) {
            arrange(values, entries, count, descending, (Object **)spare);
        }
    }
    free(entries);
    return result < 0 ? -1 : 1;
}
