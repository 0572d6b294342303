/** What a loop counts, and the snapshots that any thread takes of that. Knows nothing but the values of users. */
package io.stepoll.internal.metrics;
