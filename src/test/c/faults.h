/* Faults in system calls: faults.c decides which call gets which fault, wrapped.c does it. */
#ifndef FAULTS_H
#define FAULTS_H

/* A fault is an errno, or one of these; see Fault.java. */
enum { NONE = 0, SHORT = -1, CUT_OFF = -2, SPURIOUS_EVENT = -3 };

typedef struct {
  int fault;
  int most; /* of SHORT: how many bytes or messages; of SPURIOUS_EVENT: the descriptor */
} Fate;

/* Decides the fault of a call. Each call asks once. */
Fate fateOf(const char *call, int fd);

#endif
