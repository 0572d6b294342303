/** What a loop does now, read from any thread: the code that runs, and the lists of the loop. */
package io.stepoll.internal.dump;
