/* The fuzzer's input, and a kernel whose answers come from it.
 *
 * The linker (--wrap, see CMakeLists.txt) leads the shim's system calls to kernel.c. So the shim's own sources are the
 * same as in every build. Whatever memory the shim hands to a call is filled to its end, or read to its end: ASan sees
 * memory that is shorter than the shim says. */
#ifndef KERNEL_H
#define KERNEL_H

#include <stddef.h>
#include <stdint.h>

/* The input that is left. */
typedef struct {
  const uint8_t *at;
  size_t left;
} Input;

extern Input input;

/* Takes the next number of the input, from 0 to the limit; 0 if the input is used up. */
extern uint32_t next(uint32_t limit);

/* Fills memory with the input, and with zeros where that is used up. */
extern void fill(void *memory, size_t size);

/* Memory of exactly so many bytes. The input is copied into it, as much as there is. */
extern void *exactly(size_t size);

/* How many bytes of its memory the last call has read; the sum keeps the compiler from leaving that out. */
extern void touch(const void *memory, size_t size);

/* Stops the fuzzer: the shim has broken its promise. */
#define CHECK(condition) \
  if (!(condition)) __builtin_trap()

#endif
