/**
 * The time of a loop: its clock, the time of the current phase, and virtual time. Knows the poll, timers and the
 * contract.
 */
package io.stepoll.internal.time;
