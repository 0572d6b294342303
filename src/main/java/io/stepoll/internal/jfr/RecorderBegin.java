package io.stepoll.internal.jfr;

import jdk.jfr.FlightRecorder;
import jdk.jfr.FlightRecorderListener;

/** Is told when the JVM's flight recorder begins, or has begun. */
final class RecorderBegin implements FlightRecorderListener {
    private RecorderBegin() {}

    static void await() {
        FlightRecorder.addListener(new RecorderBegin());
    }

    /** On the thread that begins the recorder; at once if it runs. */
    @Override
    public void recorderInitialized(FlightRecorder recorder) {
        FlightRecords.recorderRuns();
    }
}
