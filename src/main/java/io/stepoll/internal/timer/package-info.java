/** Deadlines, ordered. Time is an argument here: nothing in this room reads a clock, and it knows no other room. */
package io.stepoll.internal.timer;
