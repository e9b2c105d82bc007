# The commands that people type; Meson and Ninja do the work.
#
#   make               build build/coluber
#   make run           install what is missing, build, run examples/tour.py (SCRIPT=... runs another)
#   make check         install, build, run the tests (ONLY=name: the language tests of that name, or, for
#                      ONLY=test_name, that module of CPython's suite)
#   make check-programs ONLY=name: programs that people run (flask, mypy, pip ...); needs PyPI
#   make check-all     those and the whole of CPython's suite as well (UPDATE=1 rewrites tests/cpython/exceptions.txt);
#                      KEEP=folder keeps results as they come, and goes on from there
#   make install       PREFIX=/usr/local
#   make same-bytecode TREE=folder: compile sources by python3.11 and Coluber, compare (OPTIONS=-O2; OPTIONS=--installed:
#                      hold them against the installed .pyc files)
#   make mutate-syntax COUNT=10000 SEED=1: compare errors in randomly broken sources (CASE=n shows one)
#   make bench         measure by turns with python3.11 and pypy3, into OUTPUT; make bench-compare OLD.json NEW.json
#   make bench-load SECONDS=60: servers (asyncio, http.server) under load from a second process, beside python3.11
#   make bench-parallel what two threads, ThreadPoolExecutor(2) and multiprocessing.Pool(2) gain over one
#   make bench-library ONLY=json,re: the library in C case by case beside python3.11
#   make fuzz TARGET=json SECONDS=60: libFuzzer on one subject of tests/fuzz/targets.py, or on all
#   make fuzz-calls SECONDS=60: calls every built-in with random arguments
#   make stress SECONDS=60: sixteen threads at one list, dict, set, deque, instance, class, generator
#   make stress-shared ONLY=text_io SECONDS=5: six threads at one object of each built-in type, random actions
#   make gc-stress     the language tests and ten modules of CPython's suite, collecting at each 100th allocation
#   make stress-memory, stress-recursion, stress-limits: allocations that fail, endless recursions, exhausted resources
#   make debug         a build that verifies the heap at each collection; make asan, make ubsan, make tsan: sanitizers
#                      in build-asan and so on, with the language tests and modules of CPython's suite
#   make format, format-check, tidy: layout and lint of the C sources (tidy FILES=... only those)
BUILD ?= build
PREFIX ?= /usr/local
SCRIPT ?= examples/tour.py
ORACLE ?= /usr/bin/python3.11
export CC = $(if $(shell command -v ccache),ccache clang-19,clang-19)
export ORACLE
# To ccache a folder that it cannot write to (HOME is read-only) is an error.
ifeq ($(shell d=$$(ccache -k cache_dir 2>/dev/null) && mkdir -p "$$d/tmp" 2>/dev/null && test -w "$$d/tmp" && echo yes),)
export CCACHE_DISABLE = 1
endif

.PHONY: all packages run check check-all check-programs install debug gc-stress asan tsan ubsan same-bytecode mutate-syntax
all: $(BUILD)/build.ninja
	@ninja -C $(BUILD)

$(BUILD)/build.ninja:
	@tools/packages.sh
	@meson setup $(BUILD) --buildtype=plain --prefix=$(PREFIX)

packages:
	@tools/packages.sh

run: packages
	@$(MAKE) --no-print-directory all
	@$(BUILD)/coluber $(SCRIPT) $(ARGS)

suite = $(ORACLE) tests/cpython.py $(BUILD)/coluber $(if $(UPDATE),--update) $(if $(KEEP),--keep $(KEEP))
check: packages
	@$(MAKE) --no-print-directory all
ifneq ($(filter test_%,$(ONLY)),)
	@$(suite) --only "$(ONLY)"
else ifneq ($(ONLY),)
	@$(ORACLE) tests/language.py $(BUILD)/coluber $(ONLY)
else
	@$(ORACLE) tests/check.py $(quick) "$(suite)"
endif

# Each a command of its own that counts; tests/check.py runs them all and adds up.
quick = "meson test -C $(BUILD) --print-errorlogs" "$(ORACLE) tests/docs.py" \
	"$(ORACLE) tests/language.py $(BUILD)/coluber" "$(ORACLE) tests/surface/compare.py $(BUILD)/coluber" "$(ORACLE) tests/terminal/line_editor.py $(BUILD)/coluber"
check-all: packages
	@$(MAKE) --no-print-directory all
	@$(ORACLE) tests/check.py $(quick) "$(MAKE) --no-print-directory check-programs" "$(suite) --all"

check-programs:
	@$(MAKE) --no-print-directory all
	@$(ORACLE) tests/programs.py $(BUILD)/coluber $(BUILD)/pypi $(ONLY)

install: $(BUILD)/build.ninja
	@meson configure $(BUILD) --prefix=$(PREFIX)
	@$(MAKE) --no-print-directory all
	@meson install -C $(BUILD) --no-rebuild

debug:
	@$(MAKE) --no-print-directory build-debug/build.ninja && ninja -C build-debug
build-debug/build.ninja:
	@tools/packages.sh
	@meson setup build-debug --buildtype=debug -Doptimization=1

# The language tests and ten modules of CPython's suite with a collection at each 100th allocation (STRESS=...) and
# freed cells filled with a pattern. ONLY=name: the language tests of that name, or, for ONLY=test_name, that module.
STRESS ?= 100
STRESSED ?= test_grammar,test_iter,test_list,test_slice,test_generators,test_coroutines,test_dict,test_functools,test_collections,test_struct
stressed = --options "-X gc-stress=$(STRESS)"
gc-stress: debug
ifeq ($(filter test_%,$(ONLY)),)
	@$(ORACLE) tests/language.py build-debug/coluber $(stressed) $(ONLY)
endif
ifeq ($(filter-out test_%,$(ONLY)),)
	@$(ORACLE) tests/cpython.py build-debug/coluber $(stressed) --seconds 6000 --also tests/cpython/sanitized.txt --only $(or $(ONLY),$(STRESSED))
endif

# The language tests and small modules of CPython's suite (SUITE=...) under a sanitizer; docs/checking.md says
# what is switched off and why. BUILD_ONLY=1 only builds.
SUITE ?= test_grammar,test_list,test_dict,test_set,test_bytes,test_unicode,test_re,test_generators,test_struct,test_json,test_thread
sanitized = $(if $(BUILD_ONLY),true,$(ORACLE) tests/language.py $(1)/coluber --sanitized $(ONLY) $(if $(ONLY),,&& \
	$(ORACLE) tests/cpython.py $(1)/coluber --seconds 3000 --also tests/cpython/sanitized.txt --only $(SUITE)))
asan: build-asan/build.ninja
	@ninja -C build-asan coluber
	@$(call sanitized,build-asan)
build-asan/build.ninja:
	@tools/packages.sh llvm-19
	@meson setup build-asan --buildtype=debug -Doptimization=1 -Db_sanitize=address -Db_lundef=false

# First what threads do to each other: sixteen at one object of each kind, five seconds each.
tsan: build-tsan/build.ninja
	@ninja -C build-tsan coluber
	@$(if $(BUILD_ONLY)$(ONLY),,build-tsan/coluber tests/stress/containers.py 65 16 && )$(call sanitized,build-tsan)
build-tsan/build.ninja:
	@tools/packages.sh llvm-19
	@meson setup build-tsan --buildtype=debug -Doptimization=1 -Db_sanitize=thread -Db_lundef=false

ubsan: build-ubsan/build.ninja
	@ninja -C build-ubsan coluber
	@$(call sanitized,build-ubsan)
build-ubsan/build.ninja:
	@tools/packages.sh llvm-19
	@meson setup build-ubsan --buildtype=debug -Doptimization=1 -Db_sanitize=undefined -Db_lundef=false

# TARGET: a function of tests/fuzz/targets.py, or all of them; for SECONDS each,
# or INPUTS of each, JOBS at once. With SEED, which is not 0, the same inputs in each first run.
TARGET ?= all
SECONDS ?= 60
INPUTS ?= 0
SEED ?= 0
JOBS ?= 1
# SANITIZE=address,undefined finds more and takes twice the time (in a build-fuzz that is made anew).
SANITIZE ?= address
fuzz: build-fuzz/build.ninja
	@ninja -C build-fuzz fuzz
	@$(ORACLE) tests/fuzz/run.py build-fuzz/fuzz $(TARGET) --seconds $(SECONDS) --inputs $(INPUTS) --seed $(SEED) --jobs $(JOBS)
# Every method of every built-in type, every function of every built-in module, with random arguments, by the
# interpreter of this build (or BUILD=build-asan); for SECONDS. OPTIONS=--threads: four threads at one object.
fuzz-calls: all
	@$(ORACLE) tests/fuzz/calls.py $(BUILD)/coluber --seconds $(SECONDS) $(if $(SEED),--seed $(SEED)) $(OPTIONS)
# Sixteen threads at one object of each kind, for SECONDS in all.
stress: all
	@$(BUILD)/coluber tests/stress/containers.py $(SECONDS) 16 $(ONLY)
ifeq ($(ONLY),)
	@$(ORACLE) tests/stress/shared.py $(BUILD)/coluber --short --seconds 0.5
endif
# Six threads at one object of each built-in type, SECONDS for each: random methods, attributes and operators.
stress-shared: all
	@$(ORACLE) tests/stress/shared.py $(BUILD)/coluber --seconds $(if $(filter 60,$(SECONDS)),1,$(SECONDS)) $(if $(SEED),--seed $(SEED)) $(ONLY)
# Programs in which allocation number N fails, for each N.
stress-memory: all
	@$(ORACLE) tests/stress/memory.py $(BUILD)/coluber $(ONLY) $(OPTIONS)
# Endless and deep recursion through everything that calls back.
stress-recursion: all
	@$(ORACLE) tests/stress/recursion.py $(BUILD)/coluber $(MODE) $(ONLY)
# Programs that do what no program should.
stress-hostile: all
	@$(ORACLE) tests/stress/hostile.py $(BUILD)/coluber $(ONLY)
# Programs within limits of memory, stacks, descriptors and disks, with streams that are closed or full.
stress-limits: all
	@$(ORACLE) tests/stress/limits.py $(BUILD)/coluber $(ONLY)
build-fuzz/build.ninja:
	@tools/packages.sh llvm-19
	@meson setup build-fuzz --buildtype=debugoptimized -Doptimization=2 -Db_sanitize=$(SANITIZE) -Db_lundef=false -Dfuzz=true

# OUTPUT: where the figures go; the chart is bench/results/chart.svg and .png. ONLY=group-or-program,...
OUTPUT ?= bench/results/latest.json
PYPERFORMANCE = build-bench/lib/python3.11/site-packages/pyperformance/data-files/benchmarks
bench: packages
	@tools/packages.sh librsvg2-bin pypy3
	@$(MAKE) --no-print-directory all
	@test -x build-bench/bin/python || { $(ORACLE) -m venv build-bench && \
	  build-bench/bin/python -m pip -q install pyperformance; } || echo "PyPI cannot be reached"
	@test ! -d $(PYPERFORMANCE) || $(ORACLE) bench/bench.py --install build-bench/bin/python \
	  --pyperformance $(PYPERFORMANCE) --packages build-bench/packages
	@$(ORACLE) bench/bench.py $(BUILD)/coluber --output $(OUTPUT) $(if $(ONLY),--only $(ONLY),--chart bench/results/chart) \
	  --pyperformance $(PYPERFORMANCE) --packages build-bench/packages $(OPTIONS)
# An asyncio echo server with 1,000 connections, http.server and its threads, a minute each, beside python3.11.
bench-load: all
	@$(ORACLE) bench/load.py $(BUILD)/coluber --seconds $(SECONDS) $(if $(ONLY),--only $(ONLY)) $(OPTIONS)
# Two workers against one, beside python3.11, and beside what the machine can give.
bench-parallel: all
	@$(ORACLE) bench/parallel.py $(BUILD)/coluber $(if $(ONLY),--only $(ONLY)) $(OPTIONS)
bench-smoke:
	@$(MAKE) --no-print-directory all
	@$(ORACLE) bench/bench.py $(BUILD)/coluber --smoke
# ONLY=subject,... of bench/library.py; OPTIONS="--rounds 9 --below 1"
bench-library:
	@$(MAKE) --no-print-directory all
	@$(ORACLE) bench/library.py $(BUILD)/coluber $(if $(ONLY),--only $(ONLY)) $(OPTIONS)
# make bench-compare OLD=a.json NEW=b.json, or simply: make bench-compare a.json b.json
bench-compare:
	@$(ORACLE) bench/bench.py --compare $(or $(OLD),$(word 2,$(MAKECMDGOALS))) $(or $(NEW),$(word 3,$(MAKECMDGOALS)))
ifeq (bench-compare,$(firstword $(MAKECMDGOALS)))
%.json:
	@:
endif

# The layout of .clang-format and the lint of .clang-tidy. tidy takes FILES=..., by default all that the build
# compiles; ANALYZE=1 adds clang's analyzer, which takes an hour and whose findings are for a person to judge.
FILES ?= $(shell git ls-files 'src/*.c' 'tests/unit/*.c')
format-check:
	@tools/packages.sh clang-format-19
	@clang-format-19 --dry-run -Werror $(shell git ls-files 'src/*.[ch]' 'tests/*.[ch]')
format:
	@clang-format-19 -i $(shell git ls-files 'src/*.[ch]' 'tests/*.[ch]')
tidy: all
	@tools/packages.sh clang-tidy-19
	@echo $(FILES) | xargs -P 2 -n 10 clang-tidy-19 -p $(BUILD) --quiet $(if $(ANALYZE),--checks='clang-analyzer-*') \
	  2>/dev/null && echo "$(words $(FILES)) files passed"

same-bytecode:
	@$(MAKE) --no-print-directory all
	@$(ORACLE) tools/same_bytecode.py $(BUILD)/coluber $(TREE) $(OPTIONS)

mutate-syntax:
	@$(MAKE) --no-print-directory all
	@$(ORACLE) tools/mutate_syntax.py $(BUILD)/coluber $(if $(COUNT),--count $(COUNT)) $(if $(SEED),--seed $(SEED)) \
	  $(if $(CASE),--only $(CASE)) $(TREE)
