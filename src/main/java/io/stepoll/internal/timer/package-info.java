/**
 * The queue of a loop's deadlines. Time is an argument: no class of this room reads a clock. The room knows no other
 * room.
 */
package io.stepoll.internal.timer;
