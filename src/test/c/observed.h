/* What a system call took of the kernel's time, on the threads that are observed; see observed.c. */
#ifndef OBSERVED_H
#define OBSERVED_H

#include <stdint.h>

/* The one call that may wait: an epoll_wait with a timeout. */
#define SLEEP "sleep"

typedef struct {
  const char *call; /* NULL: the thread is not observed */
  long switches;
  int64_t nanos;
} Observation;

Observation observationBegins(const char *call);

void observationEnds(Observation *observation);

#endif
