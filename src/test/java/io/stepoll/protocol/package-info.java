/**
 * Runs of random operations against a model. A run is a {@link io.stepoll.protocol.World} of loops, connections and
 * tasks. {@link io.stepoll.protocol.Actions} changes it from outside, from callbacks and from tasks; the tasks do
 * {@link io.stepoll.protocol.TaskOperation}s. The model predicts what each operation may answer, and who must not be
 * waiting once everything is quiet. {@link io.stepoll.protocol.ProtocolRun} makes a run from its seed.
 */
package io.stepoll.protocol;
