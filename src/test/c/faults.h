/* Which system calls are to fail, and how: decided in faults.c, done in wrapped.c. */
#ifndef FAULTS_H
#define FAULTS_H

/* A fault is an errno, or one of these; see Fault.java. */
enum { NONE = 0, SHORT = -1, CUT_OFF = -2, SPURIOUS_EVENT = -3 };

typedef struct {
  int fault;
  int most; /* of SHORT: bytes or messages; of SPURIOUS_EVENT: the descriptor */
} Fate;

/* What becomes of this call. Each call asks once. */
Fate fateOf(const char *call, int fd);

#endif
