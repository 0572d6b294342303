/* Two loads: connections that are opened, used once and closed; and connections that are used once and kept open. */
#include "load.h"

#include <stdlib.h>
#include <unistd.h>

static void exchange(int fd, unsigned number) {
  char message[MESSAGE_BYTES];
  fill_message(message, number, 0);
  if (send(fd, message, MESSAGE_BYTES, MSG_NOSIGNAL) != MESSAGE_BYTES) {
    die("send");
  }
  if (recv(fd, message, MESSAGE_BYTES, MSG_WAITALL) != MESSAGE_BYTES) {
    die("recv: the server has closed, or does not answer");
  }
  check_message(message, number, 0);
}

static uint64_t run(const struct load *load, uint64_t nanos) {
  static unsigned number;
  uint64_t connections = 0;
  uint64_t end = now_nanos() + nanos;
  uint64_t opened;
  while ((opened = now_nanos()) < end) {
    int fd = connect_to(&load->address, ++number);
    exchange(fd, number);
    close(fd);
    record(now_nanos() - opened);
    connections++;
  }
  return connections;
}

void load_churn(const struct load *load) {
  run(load, load->warm_nanos);
  await_start();
  uint64_t start = now_nanos();
  uint64_t connections = run(load, load->nanos);
  finish(connections, now_nanos() - start);
}

/* Opens one connection more, before WARM, so that the server has made what it makes only once. */
void load_idle(const struct load *load) {
  int *descriptors = calloc(load->connections + 1, sizeof *descriptors);
  if (descriptors == NULL) {
    die("calloc");
  }
  raise_descriptor_limit();
  uint64_t start = now_nanos();
  for (unsigned i = 0; i <= load->connections; i++) {
    if (i == 1) {
      await_start();
      start = now_nanos();
    }
    descriptors[i] = connect_to(&load->address, i);
    exchange(descriptors[i], i);
  }
  finish(load->connections, now_nanos() - start);
}
