# The commands that people type; Meson and Ninja do the work.
#
#   make               build build/coluber
#   make run           install what is missing, build, run examples/tour.py (SCRIPT=... runs another)
#   make check         install, build, run all tests (ONLY=name: the language tests of that name)
#   make install       PREFIX=/usr/local
#   make debug asan    checking builds, in build-debug and build-asan
BUILD ?= build
PREFIX ?= /usr/local
SCRIPT ?= examples/tour.py
ORACLE ?= /usr/bin/python3.11
export CC = $(if $(shell command -v ccache),ccache clang-19,clang-19)
export ORACLE

.PHONY: all packages run check install debug asan
all: $(BUILD)/build.ninja
	@ninja -C $(BUILD)

$(BUILD)/build.ninja:
	@meson setup $(BUILD) --buildtype=plain --prefix=$(PREFIX)

packages:
	@tools/packages.sh

# python3.11 compiles the script, Coluber runs it (without site, which compiles .pth lines): its own
# compiler is not there yet.
run: packages
	@$(MAKE) --no-print-directory all
	@$(ORACLE) -c "import py_compile, sys; py_compile.compile(sys.argv[1], sys.argv[2], dfile=sys.argv[1], doraise=True)" \
	  $(SCRIPT) $(BUILD)/script.pyc
	@$(BUILD)/coluber -S $(BUILD)/script.pyc $(ARGS)

check: packages
	@$(MAKE) --no-print-directory all
	@meson test -C $(BUILD) --print-errorlogs
	@$(ORACLE) tests/language.py $(BUILD)/coluber $(ONLY)

install: all
	@meson install -C $(BUILD)

debug:
	@$(MAKE) --no-print-directory build-debug/build.ninja && ninja -C build-debug
build-debug/build.ninja:
	@meson setup build-debug --buildtype=debug -Doptimization=1

asan:
	@$(MAKE) --no-print-directory build-asan/build.ninja && ninja -C build-asan
build-asan/build.ninja:
	@meson setup build-asan --buildtype=debug -Doptimization=1 -Db_sanitize=address -Db_lundef=false
