# The commands that people type; Meson and Ninja do the work.
BUILD ?= build
export CC = $(if $(shell command -v ccache),ccache clang-19,clang-19)

.PHONY: all
all: $(BUILD)/build.ninja
	@ninja -C $(BUILD)

$(BUILD)/build.ninja:
	@meson setup $(BUILD) --buildtype=plain -Doptimization=2
