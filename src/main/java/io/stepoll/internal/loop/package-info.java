/**
 * Puts the parts of a loop together: the loop that users get, its options, groups of loops, and its end. Knows all
 * rooms.
 */
package io.stepoll.internal.loop;
