// The options of sanitized builds (make asan, ubsan, tsan), built in because programs that are started with an empty environment
// need them, too: a stack that lies elsewhere would hide pointers from the collector. The environment's are added.
#include "base/base.h"

#if __has_feature(address_sanitizer)
[[gnu::used, gnu::visibility("default")]] const char *__asan_default_options(void);
const char *__asan_default_options(void) {
    return "detect_leaks=0:detect_stack_use_after_return=0:allocator_may_return_null=1";
}
#endif

#if __has_feature(undefined_behavior_sanitizer)
[[gnu::used, gnu::visibility("default")]] const char *__ubsan_default_options(void);
const char *__ubsan_default_options(void) {
    return "halt_on_error=1:print_stacktrace=1";
}
#endif

#if __has_feature(thread_sanitizer)
[[gnu::used, gnu::visibility("default")]] const char *__tsan_default_options(void);
const char *__tsan_default_options(void) {
    return "die_after_fork=0"; // children of a fork start threads
}
#endif
