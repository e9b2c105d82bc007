// The command line.
#include "vm/runtime.h"

int main(int argc, char **argv) {
    return runtime_main(argc, argv);
}
