/*
 * Loads an echo server, checks every answer byte by byte, and prints the latencies. The mode http loads an HTTP server.
 *   load closed|open|churn|udp|idle|http|start ADDR [key=number ...] [-- command ...]
 * Keys: cpu (to run on), connections, window, depth, idle, rate (messages a second), millis, warm (milliseconds), spin
 * (0 or 1).
 */
#include "load.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

static const struct {
  const char *name;
  void (*run)(const struct load *);
} modes[] = {{"closed", load_closed}, {"open", load_open}, {"churn", load_churn}, {"udp", load_datagrams},
    {"idle", load_idle}, {"http", load_requests}, {"start", load_start}};

static void run_on(unsigned long cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  if (sched_setaffinity(0, sizeof set, &set) != 0) {
    die("sched_setaffinity");
  }
}

static void set(struct load *load, const char *option) {
  const char *equals = strchr(option, '=');
  size_t length = equals == NULL ? 0 : (size_t) (equals - option) + 1;
  unsigned long value = equals == NULL ? 0 : strtoul(equals + 1, NULL, 10);
  if (length != 0 && strncmp(option, "cpu=", length) == 0) {
    run_on(value);
  } else if (length != 0 && strncmp(option, "connections=", length) == 0) {
    load->connections = (unsigned) value;
  } else if (length != 0 && strncmp(option, "window=", length) == 0) {
    load->window = (unsigned) value;
  } else if (length != 0 && strncmp(option, "depth=", length) == 0) {
    load->depth = (unsigned) value;
  } else if (length != 0 && strncmp(option, "idle=", length) == 0) {
    load->idle = (unsigned) value;
  } else if (length != 0 && strncmp(option, "rate=", length) == 0) {
    load->rate = value;
  } else if (length != 0 && strncmp(option, "millis=", length) == 0) {
    load->nanos = value * 1000000;
  } else if (length != 0 && strncmp(option, "warm=", length) == 0) {
    load->warm_nanos = value * 1000000;
  } else if (length != 0 && strncmp(option, "spin=", length) == 0) {
    load->spin = (int) value;
  } else {
    fprintf(stderr, "load: no such option: %s\n", option);
    exit(2);
  }
}

int main(int argc, char **argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: load closed|open|churn|udp|idle|http|start ADDR [key=number ...] "
        "[-- command ...]\n");
    return 2;
  }
  prctl(PR_SET_PDEATHSIG, SIGKILL); /* the load ends with the program that measures */
  struct load load = {.address = parse_address(argv[2]), .connections = 1, .window = 64, .depth = 1, .rate = 1000,
      .nanos = 1000000000, .warm_nanos = 100000000};
  for (int i = 3; i < argc; i++) {
    if (strcmp(argv[i], "--") == 0) {
      load.command = &argv[i + 1];
      break;
    }
    set(&load, argv[i]);
  }
  for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
    if (strcmp(argv[1], modes[i].name) == 0) {
      modes[i].run(&load);
      return 0;
    }
  }
  fprintf(stderr, "load: no such mode: %s\n", argv[1]);
  return 2;
}
