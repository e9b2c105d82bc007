# The commands that people type; Meson and Ninja do the work.
#
#   make               build build/coluber
#   make run           install what is missing, build, run examples/tour.py (SCRIPT=... runs another)
#   make check         install, build, run the tests (ONLY=name: the language tests of that name, or, for
#                      ONLY=test_name, that module of CPython's suite)
#   make check-all     the whole of CPython's suite as well (UPDATE=1 rewrites tests/cpython/exceptions.txt)
#   make install       PREFIX=/usr/local
#   make same-bytecode TREE=folder: compile sources by python3.11 and Coluber, compare (OPTIONS=-O2)
#   make mutate-syntax COUNT=10000 SEED=1: compare errors in randomly broken sources (CASE=n shows one)
#   make fuzz TARGET=json SECONDS=60: libFuzzer on one subject of tests/fuzz/targets.py, or on all
#   make debug asan tsan ubsan: checking builds, in build-debug and so on
BUILD ?= build
PREFIX ?= /usr/local
SCRIPT ?= examples/tour.py
ORACLE ?= /usr/bin/python3.11
export CC = $(if $(shell command -v ccache),ccache clang-19,clang-19)
export ORACLE

.PHONY: all packages run check check-all install debug asan tsan ubsan same-bytecode mutate-syntax
all: $(BUILD)/build.ninja
	@ninja -C $(BUILD)

$(BUILD)/build.ninja:
	@meson setup $(BUILD) --buildtype=plain --prefix=$(PREFIX)

packages:
	@tools/packages.sh

run: packages
	@$(MAKE) --no-print-directory all
	@$(BUILD)/coluber $(SCRIPT) $(ARGS)

suite = $(ORACLE) tests/cpython.py $(BUILD)/coluber $(if $(UPDATE),--update)
check: packages
	@$(MAKE) --no-print-directory all
ifneq ($(filter test_%,$(ONLY)),)
	@$(suite) --only "$(ONLY)"
else
	@meson test -C $(BUILD) --print-errorlogs
	@$(ORACLE) tests/language.py $(BUILD)/coluber $(ONLY)
	@$(if $(ONLY),true,$(suite))
endif

check-all: packages
	@$(MAKE) --no-print-directory all
	@meson test -C $(BUILD) --print-errorlogs
	@$(ORACLE) tests/language.py $(BUILD)/coluber
	@$(suite) --all

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

tsan:
	@$(MAKE) --no-print-directory build-tsan/build.ninja && ninja -C build-tsan
build-tsan/build.ninja:
	@meson setup build-tsan --buildtype=debug -Doptimization=1 -Db_sanitize=thread -Db_lundef=false

ubsan:
	@$(MAKE) --no-print-directory build-ubsan/build.ninja && ninja -C build-ubsan
build-ubsan/build.ninja:
	@meson setup build-ubsan --buildtype=debug -Doptimization=1 -Db_sanitize=undefined -Db_lundef=false

# TARGET: a function of tests/fuzz/targets.py, or all of them; for SECONDS each.
TARGET ?= all
SECONDS ?= 60
fuzz: build-fuzz/build.ninja
	@ninja -C build-fuzz fuzz
	@$(ORACLE) tests/fuzz/run.py build-fuzz/fuzz $(TARGET) --seconds $(SECONDS)
build-fuzz/build.ninja:
	@meson setup build-fuzz --buildtype=debug -Doptimization=1 -Db_sanitize=address,undefined -Db_lundef=false -Dfuzz=true

same-bytecode:
	@$(MAKE) --no-print-directory all
	@$(ORACLE) tools/same_bytecode.py $(BUILD)/coluber $(TREE) $(OPTIONS)

mutate-syntax:
	@$(MAKE) --no-print-directory all
	@$(ORACLE) tools/mutate_syntax.py $(BUILD)/coluber $(if $(COUNT),--count $(COUNT)) $(if $(SEED),--seed $(SEED)) \
	  $(if $(CASE),--only $(CASE)) $(TREE)
