/**
 * Descriptors on a loop: the calls on them, which one place tries, waits for and counts; handlers; and draining. Knows
 * tasks and the rooms below them.
 */
package io.stepoll.internal.io;
