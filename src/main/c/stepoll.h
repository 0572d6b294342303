/* Shared by all files of the shim.
 *
 * The shim has one function per system call. A function takes ints, longs and addresses, returns the result or -errno,
 * and keeps nothing. Only Java throws. errno is read before anything else can change it. */
#ifndef STEPOLL_H
#define STEPOLL_H

#include <errno.h>
#include <jni.h>
#include <stdint.h>

/* Turns the usual -1-and-errno into -errno. */
static inline jint result(long value) { return value < 0 ? (jint)-errno : (jint)value; }

/* An address that Java passes as a long. */
static inline void *pointer(jlong address) { return (void *)(uintptr_t)address; }

/* Java holds addresses in a long, lengths and descriptors in an int. */
_Static_assert(sizeof(void *) <= sizeof(jlong), "an address fits in a long");
_Static_assert(sizeof(int) == sizeof(jint), "Java's int is C's int");

#endif
