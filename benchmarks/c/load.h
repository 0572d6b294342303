#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include "address.h"

#include <stdint.h>

#define MESSAGE_BYTES 64
#define PATIENCE_MILLIS 10000 /* a server that says nothing for so long has failed */

struct load {
  struct address address;
  unsigned connections;
  unsigned window;       /* datagrams in flight */
  uint64_t warm_nanos;   /* before the measured phase, of the same load */
  uint64_t nanos;        /* the measured phase */
  uint64_t rate;         /* messages a second, all connections together */
  int spin;              /* ask again and again instead of sleeping */
  char **command;        /* of a server to be started */
};

/* The ways to load a server; each calls ready() once. */
void load_closed(const struct load *load);
void load_open(const struct load *load);
void load_churn(const struct load *load);
void load_datagrams(const struct load *load);
void load_idle(const struct load *load);
void load_start(const struct load *load);

/* phases.c: says WARM and waits for a line: the measurement starts. */
void await_start(void);

/* Says DONE and waits for a line, then prints the result, by lines of "key value" and "H nanos count", and END. */
void finish(uint64_t messages, uint64_t nanos);
void finish_with_losses(uint64_t messages, uint64_t nanos, uint64_t lost);

/* In the measured phase: one answer came so long after its time. */
void record(uint64_t latency_nanos);

void forget_recorded(void);

/* connections.c */
int connect_to(const struct address *address, unsigned number);
void set_blocking(int fd, int blocking);

/* message.c: the bytes of a stream are those of its messages, so an answer is known by its place in it. */
void fill_message(char *message, uint64_t stream, uint64_t sequence);
void check_message(const char *message, uint64_t stream, uint64_t sequence);

#endif
