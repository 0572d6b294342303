package io.stepoll.net;

import io.stepoll.internal.sys.Descriptors;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A descriptor to pass, and the numbers of those that have come. */
abstract class PassingFixture extends SocketFixture {
    final List<Integer> numbers = new ArrayList<>();
    int passed;

    @BeforeEach
    void openPassed() {
        passed = Descriptors.eventfd();
    }

    @AfterEach
    void closePassed() {
        Descriptors.close(passed);
        numbers.forEach(Descriptors::close);
    }
}
