package io.stepoll.examples

import io.stepoll.EventLoop
import java.time.Duration
import java.util.concurrent.Callable
import java.util.concurrent.CancellationException
import kotlin.coroutines.CoroutineContext
import kotlinx.coroutines.CancellableContinuation
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Delay
import kotlinx.coroutines.DisposableHandle
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.InternalCoroutinesApi
import kotlinx.coroutines.async
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.withTimeoutOrNull

/** Runs coroutines as callbacks of a loop. Their delays and timeouts are the loop's timers. */
@OptIn(InternalCoroutinesApi::class, ExperimentalCoroutinesApi::class)
class LoopDispatcher(private val loop: EventLoop) : CoroutineDispatcher(), Delay {
    override fun dispatch(context: CoroutineContext, block: Runnable) = loop.callSoon(block)

    override fun scheduleResumeAfterDelay(timeMillis: Long, continuation: CancellableContinuation<Unit>) {
        val timer = loop.callLater(Duration.ofMillis(timeMillis)) {
            with(continuation) { resumeUndispatched(Unit) }
        }
        continuation.invokeOnCancellation { timer.cancel() }
    }

    override fun invokeOnTimeout(timeMillis: Long, block: Runnable, context: CoroutineContext): DisposableHandle {
        val timer = loop.callLater(Duration.ofMillis(timeMillis), block)
        return DisposableHandle { timer.cancel() }
    }
}

/** What tasks say: one that is joined, one that is cancelled, and one that asks for its loop. */
fun tasks(): List<String> = EventLoop.open().use { loop ->
    val answer = loop.spawn(Callable { 6 * 7 })
    val sleeper = loop.spawn { loop.sleep(Duration.ofHours(1)) }
    val inside = loop.spawn(Callable { EventLoop.current()?.isCurrent })
    loop.callSoon { sleeper.cancel() }
    loop.runUntilDone()
    val end = try {
        sleeper.join()
        "slept"
    } catch (expected: CancellationException) {
        "cancelled"
    }
    listOf("answer ${answer.join()}", end, "inside ${inside.join()}", "outside ${EventLoop.current()?.isCurrent}")
}

/** What coroutines on a loop say, and a task that they await. */
fun coroutines(): List<String> = EventLoop.open().use { loop ->
    val said = mutableListOf<String>()
    CoroutineScope(LoopDispatcher(loop)).launch {
        val later = async { delay(20); said += "later"; EventLoop.current() === loop }
        val sooner = async { delay(10); said += "sooner"; EventLoop.current() === loop }
        said += "on the loop: ${later.await()} ${sooner.await()}"
        said += "in time: ${withTimeoutOrNull(10) { delay(3_600_000) }}"
    }
    loop.runUntilDone()
    said
}

fun main() = (tasks() + coroutines()).forEach(::println)
