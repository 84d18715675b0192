# payrecon. `make help` lists the targets; `BUILD=` names the folder of everything made.
#
# Each room of src/ is a library of its own, linked in the order of ROOMS: a look at a room further down fails at the linker.

BUILD   ?= build
ifeq ($(origin CC),default)
CC      := gcc
endif
SAN     ?=
PREFIX  ?= /usr/local
DESTDIR ?=
ROWS    ?= 1000000
SEED    ?= 1
SECONDS ?= 60
COUNT   ?= 1000
RATE    ?= 150
export BUILD CC SEED

MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

# Lowest first. tests/lint/rooms.sh reads this line and the table in ARCHITECTURE.md.
ROOMS := base crypto text pg http bill wxpay books recon refund settle report run

VERSION := 0.1.0

# Warnings: everything both compilers offer that finds bugs in C; all are errors. -Wconversion because lengths and fen must not be cut in silence,
# -Wvla because foreign sizes must not reach the stack, -Wswitch-enum stays off: a switch over our enums has no default and -Wswitch says what is missing.
WARN := -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes \
        -Wmissing-prototypes -Wold-style-definition -Wvla -Wformat=2 -Wcast-qual -Wcast-align \
        -Wpointer-arith -Wwrite-strings -Wundef -Wunused -Wnull-dereference -Wdouble-promotion -Wimplicit-fallthrough
HARDEN := -fstack-protector-strong -fstack-clash-protection -fPIE
LDHARDEN := -pie -Wl,-z,relro,-z,now -Wl,-z,noexecstack -Wl,--as-needed
OPT := -O2 -g
ifeq ($(SAN),)
CPPHARDEN := -D_FORTIFY_SOURCE=2
else
# and what other processors than this one run (src/bill/lines.c)
OPT := -O1 -g -fno-omit-frame-pointer -fsanitize=$(SAN) -fno-sanitize-recover=all -DBILL_LINES_PORTABLE
LDHARDEN += -fsanitize=$(SAN)
# gcc's null-dereference analysis sees the sanitizers' own branches.
WARN := $(filter-out -Wnull-dereference,$(WARN))
endif

CPPFLAGS_ALL = -D_GNU_SOURCE -DPAYRECON_VERSION='"$(VERSION)"' -Iinclude -I$(BUILD)/gen $(CPPHARDEN) $(CPPFLAGS)
CFLAGS_ALL    = -std=c17 $(OPT) $(WARN) $(HARDEN) -pthread -MMD -MP $(CFLAGS)
LDFLAGS_ALL  := $(LDHARDEN) -pthread $(LDFLAGS)

# Each foreign library belongs to one room.
PG_CPPFLAGS := -I$(shell pg_config --includedir 2>/dev/null || echo /usr/include/postgresql)
LIBS_crypto := -lcrypto
LIBS_text   := -lisal -lz -lzip -lcsv -ljansson
LIBS_pg     := -lpq
LIBS_http   := -lcurl

JOBS := $(basename $(notdir $(wildcard jobs/*.c)))
# source of jobs/ → name of the program
PROGRAM_nightly         := payrecon-nightly
PROGRAM_fetch_bills     := payrecon-fetch
PROGRAM_reconcile       := payrecon-reconcile
PROGRAM_settle_stores   := payrecon-settle
PROGRAM_refund_deposits := payrecon-refund
PROGRAM_verify          := payrecon-verify
PROGRAM_payrecon        := payrecon
PROGRAMS := $(foreach j,$(JOBS),$(BUILD)/$(PROGRAM_$(j)))

room_objects = $(patsubst %.c,$(BUILD)/%.o,$(wildcard src/$(1)/*.c))
room_libs = $(foreach r,$(1),$(BUILD)/lib/lib$(r).a)
reverse = $(if $(1),$(call reverse,$(wordlist 2,$(words $(1)),$(1))) $(firstword $(1)))
# the rooms up to and with $(1)
upto = $(if $(filter $(1),$(2)),$(call upto_,$(1),$(2),))
upto_ = $(3) $(firstword $(2)) $(if $(filter $(1),$(firstword $(2))),,$(call upto_,$(1),$(wordlist 2,$(words $(2)),$(2)),))

SIM_LIB_SOURCES := $(filter-out %_main.c $(wildcard tests/sim/test_*.c),$(wildcard tests/sim/*.c))
SIM_PROGRAMS := $(patsubst tests/sim/%_main.c,$(BUILD)/wxpay-%,$(wildcard tests/sim/*_main.c))
SIM_LIBS := -lmicrohttpd -lgnutls -lhogweed -lnettle -lgmp -lz -ljansson
BENCH_PROGRAMS := $(patsubst tests/bench/%.c,$(BUILD)/bench-%,$(wildcard tests/bench/*.c))

.PHONY: all
all: $(PROGRAMS) $(SIM_PROGRAMS) ## all programs, and the simulator

# ---- compiling ----------------------------------------------------------------------------------

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_ALL) $(if $(filter src/pg/%,$<),$(PG_CPPFLAGS)) $(CFLAGS_ALL) -c -o $@ $<

# Rooms from pg on see the embedded queries, so these come first.
$(foreach r,$(filter-out base crypto text http bill,$(ROOMS)),$(call room_objects,$(r))): | $(BUILD)/gen/queries.h
$(patsubst %.c,$(BUILD)/%.o,$(wildcard jobs/*.c tests/integration/*/*.c tests/support/*.c tests/bench/*.c)): | $(BUILD)/gen/queries.h

# The simulator shares no code with src/, so it does not see include/.
$(BUILD)/tests/sim/%.o: tests/sim/%.c
	@mkdir -p $(@D)
	$(CC) -D_GNU_SOURCE -DSIM_VERSION='"$(VERSION)"' -Itests/sim $(CPPHARDEN) $(CPPFLAGS) $(CFLAGS_ALL) -c -o $@ $<

define ROOM_RULE
$(BUILD)/lib/lib$(1).a: $(call room_objects,$(1)) $(if $(filter pg,$(1)),$(BUILD)/gen/queries.o $(BUILD)/gen/migrations.o)
	@mkdir -p $$(@D)
	@rm -f $$@
	ar rcs $$@ $$^
endef
$(foreach r,$(ROOMS),$(eval $(call ROOM_RULE,$(r))))

# Queries and migrations are embedded with .incbin, with the types their comments declare.
QUERIES := $(wildcard sql/queries/*.sql)
MIGRATIONS := $(sort $(wildcard sql/migrations/*.sql))

$(BUILD)/gen/queries.h $(BUILD)/gen/queries.c $(BUILD)/gen/queries.S &: $(QUERIES) sql/embed.sh sql/queries
	@mkdir -p $(BUILD)/gen
	sh sql/embed.sh queries $(BUILD)/gen $(QUERIES)

$(BUILD)/gen/migrations.c $(BUILD)/gen/migrations.S &: $(MIGRATIONS) sql/embed.sh sql/migrations
	@mkdir -p $(BUILD)/gen
	sh sql/embed.sh migrations $(BUILD)/gen $(MIGRATIONS)

$(BUILD)/gen/%.o: $(BUILD)/gen/%.c $(BUILD)/gen/%.S | $(BUILD)/gen/queries.h
	$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -c -o $(@:.o=.c.o) $(@:.o=.c)
	$(CC) -c -o $(@:.o=.S.o) $(@:.o=.S)
	ld -r -o $@ $(@:.o=.c.o) $(@:.o=.S.o)

LINK_ROOMS = $(call room_libs,$(call reverse,$(1)))
ALL_LIBS := $(foreach r,$(ROOMS),$(LIBS_$(r)))

define JOB_RULE
$(BUILD)/$(PROGRAM_$(1)): $(BUILD)/jobs/$(1).o $(call LINK_ROOMS,$(ROOMS))
	$(CC) $(LDFLAGS_ALL) -o $$@ $$^ $(ALL_LIBS)
endef
$(foreach j,$(JOBS),$(eval $(call JOB_RULE,$(j))))

$(BUILD)/lib/libsim.a: $(patsubst %.c,$(BUILD)/%.o,$(SIM_LIB_SOURCES))
	@mkdir -p $(@D)
	@rm -f $@
	ar rcs $@ $^

$(BUILD)/wxpay-%: $(BUILD)/tests/sim/%_main.o $(BUILD)/lib/libsim.a
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(SIM_LIBS)

$(BUILD)/bench-%: $(BUILD)/tests/bench/%.o $(call LINK_ROOMS,$(ROOMS))
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(ALL_LIBS)

# ---- tests --------------------------------------------------------------------------------------
# tests/unit/<room>/test_x.c links only <room> and the rooms below it; tests/integration/<room>/ likewise, with the PostgreSQL harness.

UNIT_SOURCES := $(wildcard tests/unit/*/test_*.c)
INTEGRATION_SOURCES := $(wildcard tests/integration/*/test_*.c)
UNIT_TESTS := $(patsubst tests/%.c,$(BUILD)/tests/%,$(UNIT_SOURCES)) $(patsubst tests/sim/%.c,$(BUILD)/tests/sim/%,$(wildcard tests/sim/test_*.c))
INTEGRATION_TESTS := $(patsubst tests/%.c,$(BUILD)/tests/%,$(INTEGRATION_SOURCES))

$(BUILD)/tests/unit/%.o $(BUILD)/tests/integration/%.o: CPPFLAGS += -Itests/support
$(BUILD)/tests/support/%.o: CPPFLAGS += -Itests/support
SUPPORT_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/support/*.c))

define TEST_RULE
$(BUILD)/tests/$(1)/$(2)/%: $(BUILD)/tests/$(1)/$(2)/%.o $(if $(filter integration,$(1)),$(SUPPORT_OBJECTS)) $(call LINK_ROOMS,$(call upto,$(2),$(ROOMS)))
	$(CC) $(LDFLAGS_ALL) -o $$@ $$^ $(foreach r,$(call upto,$(2),$(ROOMS)),$(LIBS_$(r))) -lcmocka
endef
$(foreach r,$(ROOMS),$(eval $(call TEST_RULE,unit,$(r)))$(eval $(call TEST_RULE,integration,$(r))))

$(BUILD)/tests/sim/test_%: $(BUILD)/tests/sim/test_%.o $(BUILD)/lib/libsim.a
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(SIM_LIBS) -lcmocka

.PHONY: tests check check-unit check-integration check-e2e
tests: $(UNIT_TESTS) $(INTEGRATION_TESTS) ## build the test programs

check: deps ## every test, on a machine with nothing but git, make and a network
	@bash tests/run.sh all

check-unit: $(UNIT_TESTS) ## unit tests only
	@bash tests/run.sh unit $(UNIT_TESTS)

check-integration: $(INTEGRATION_TESTS) ## integration tests only, on a private PostgreSQL
	@bash tests/run.sh integration $(INTEGRATION_TESTS)

check-e2e: all ## end to end tests and scenarios only
	@bash tests/run.sh e2e

# Targets are built by clang beside everything else; what they find is kept in build/fuzz, the corpora stay as they are.
FUZZ_ROOMS := base crypto text http bill wxpay
FUZZ_SEEDS_bill := tests/data/bills
FUZZ_SEEDS_reply := tests/data/wechatpay/json

$(BUILD)/tests/fuzz/fuzz_%: $(BUILD)/tests/fuzz/fuzz_%.o $(call LINK_ROOMS,$(FUZZ_ROOMS))
	$(CC) $(LDFLAGS_ALL) -fsanitize=fuzzer -o $@ $^ $(foreach r,$(FUZZ_ROOMS),$(LIBS_$(r)))

$(BUILD)/fuzz-%: $(BUILD)/tests/fuzz/fuzz_%
	@mkdir -p $(BUILD)/found/$*
	$< -max_total_time=$(SECONDS) -timeout=30 -print_final_stats=1 -artifact_prefix=$(BUILD)/found/$*- $(BUILD)/found/$* \
	    tests/fuzz/$*_corpus $(FUZZ_SEEDS_$*)

.SECONDARY: $(patsubst %.c,$(BUILD)/%,$(wildcard tests/fuzz/fuzz_*.c))
.PHONY: fuzz fuzz-all
fuzz: ## libFuzzer on each target of tests/fuzz for SECONDS=
	@bash tests/setup/deps.sh lint
	@$(MAKE) --no-print-directory CC=clang SAN=address,undefined,fuzzer-no-link BUILD=$(BUILD)/fuzz fuzz-all

fuzz-all: $(patsubst tests/fuzz/fuzz_%.c,$(BUILD)/fuzz-%,$(wildcard tests/fuzz/fuzz_*.c))

.PHONY: deps demo lint bench sim-load install clean help
deps: ## install missing Debian packages (root or sudo), or print the one command
	@bash tests/setup/deps.sh

demo: deps ## days of an invented company and its deposits, SEED= to choose
	@echo 'building …' && $(MAKE) --no-print-directory --silent -j$$(nproc) all
	@bash tests/demo/demo.sh

lint: ## format, clang-tidy, cppcheck, rooms, banned functions, sizes, keys
	@bash tests/lint/lint.sh

bench: deps ## speed and memory of ROWS= rows against psql \copy
	@$(MAKE) --no-print-directory all bench-programs
	@ROWS=$(ROWS) bash tests/bench/bench.sh

sim-load: deps ## COUNT= refunds at RATE= a second against the simulator
	@$(MAKE) --no-print-directory $(BUILD)/wxpay-sim $(BUILD)/bench-sim_load
	@COUNT=$(COUNT) RATE=$(RATE) bash tests/bench/sim_load.sh

.PHONY: soak
soak: deps ## deposit refunds under random faults and crashes: SEEDS= FIRST= LIMIT= (seconds)
	@$(MAKE) --no-print-directory all
	@SEEDS=$(or $(SEEDS),1000) FIRST=$(or $(FIRST),1) LIMIT=$(or $(LIMIT),0) bash tests/run.sh e2e tests/soak/refund.t

.PHONY: bench-programs
bench-programs: $(BENCH_PROGRAMS)

install: all ## programs and man pages below DESTDIR and PREFIX
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/man/man5
	install -m 0755 $(PROGRAMS) $(SIM_PROGRAMS) $(DESTDIR)$(PREFIX)/bin
	install -m 0644 $(wildcard jobs/*.1 tests/sim/*.1) $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 0644 $(wildcard jobs/*.5) $(DESTDIR)$(PREFIX)/share/man/man5

clean: ## remove the build folder
	rm -rf $(BUILD)

help: ## this list
	@sed -n 's/^\([a-z][a-z0-9-]*\):.*## \(.*\)/\1\t\2/p' $(firstword $(MAKEFILE_LIST)) | sort | expand -t 20

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
