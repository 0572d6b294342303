#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include "address.h"

#include <stdint.h>

#define MESSAGE_BYTES 64
#define PATIENCE_MILLIS 10000 /* a server that is silent for so long has failed */

struct load {
  struct address address;
  unsigned connections;
  unsigned window;       /* datagrams under way */
  unsigned depth;        /* HTTP requests under way on each connection */
  unsigned idle;         /* further connections, each used once before the load */
  uint64_t warm_nanos;   /* the same load, before the measured phase */
  uint64_t nanos;        /* the measured phase */
  uint64_t rate;         /* messages a second, of all connections together */
  int spin;              /* poll again and again instead of sleeping */
  char **command;        /* starts a server */
};

/* The ways to load a server. Each of them calls await_start() once, and finish() at the end. */
void load_closed(const struct load *load);
void load_open(const struct load *load);
void load_churn(const struct load *load);
void load_datagrams(const struct load *load);
void load_idle(const struct load *load);
void load_requests(const struct load *load);
void load_start(const struct load *load);

/* phases.c: prints WARM and waits for a line. Then the measured phase begins. */
void await_start(void);

/* Prints DONE and waits for a line. Then prints the result, as lines of "key value" and "H nanos count", and END. */
void finish(uint64_t messages, uint64_t nanos);
void finish_with_losses(uint64_t messages, uint64_t nanos, uint64_t lost);

/* Counts an answer that came so long after its time. */
void record(uint64_t latency_nanos);

void forget_recorded(void);

/* connections.c */
int connect_to(const struct address *address, unsigned number);
void set_blocking(int fd, int blocking);

/* message.c: the place of an answer in its stream determines the bytes of the answer. */
void fill_message(char *message, uint64_t stream, uint64_t sequence);
void check_message(const char *message, uint64_t stream, uint64_t sequence);

#endif
