/** The native memory of a loop's buffer pool. */
package io.stepoll.internal.memory;
