/* Observes the system calls of a loop's thread: whether one waited. A thread that waits in the kernel gives up its
 * processor, which the kernel counts as a voluntary switch (getrusage(2), ru_nvcsw). That count does not depend on the
 * speed of the machine, nor on who else runs on it: a thread that is merely preempted makes an involuntary switch.
 *
 * The wrappers of wrapped.c call this around each call. The tests choose the threads. */
#include "observed.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define EXPORT extern __attribute__((visibility("default")))
EXPORT void stepoll_observe(int yes);
EXPORT void stepoll_observed_clear(void);
EXPORT int stepoll_observed_calls(void);
EXPORT int stepoll_observed_sleeps(void);
EXPORT int stepoll_observed_waits(char *text, int capacity);

static _Thread_local bool observed;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards what follows */
static int calls, sleeps, waits;
static char report[4096]; /* of the first waits, a line each */

static int64_t nanos(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static long switches(void) {
  struct rusage usage;
  getrusage(RUSAGE_THREAD, &usage);
  return usage.ru_nvcsw;
}

Observation observationBegins(const char *call) {
  if (!observed) return (Observation){.call = NULL};
  return (Observation){.call = call, .switches = switches(), .nanos = nanos(CLOCK_MONOTONIC)};
}

void observationEnds(Observation *observation) {
  if (observation->call == NULL) return;
  const int saved = errno;
  const long waited = switches() - observation->switches;
  const int64_t took = nanos(CLOCK_MONOTONIC) - observation->nanos;
  pthread_mutex_lock(&lock);
  calls++;
  if (strcmp(observation->call, SLEEP) == 0) {
    sleeps++;
  } else if (waited > 0) {
    waits++;
    const size_t length = strlen(report);
    snprintf(report + length, sizeof report - length, "%s waited %ld times, %lld us\n", observation->call, waited,
             (long long)(took / 1000));
  }
  pthread_mutex_unlock(&lock);
  errno = saved;
}

/* From now on the calls of this thread are observed, or no longer. */
void stepoll_observe(int yes) { observed = yes != 0; }

void stepoll_observed_clear(void) {
  pthread_mutex_lock(&lock);
  calls = sleeps = waits = 0;
  report[0] = 0;
  pthread_mutex_unlock(&lock);
}

static int counter(const int *value) {
  pthread_mutex_lock(&lock);
  const int result = *value;
  pthread_mutex_unlock(&lock);
  return result;
}

int stepoll_observed_calls(void) { return counter(&calls); }

/* How many of them were allowed to wait. */
int stepoll_observed_sleeps(void) { return counter(&sleeps); }

/* How many of the others waited; the text has a line for each of the first ones. */
int stepoll_observed_waits(char *text, int capacity) {
  pthread_mutex_lock(&lock);
  snprintf(text, (size_t)capacity, "%s", report);
  const int result = waits;
  pthread_mutex_unlock(&lock);
  return result;
}
