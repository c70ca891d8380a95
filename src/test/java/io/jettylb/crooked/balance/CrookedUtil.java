package io.jettylb.crooked.balance;

import io.jettylb.crooked.pool.CrookedPool;
import java.time.Clock;
import java.time.Instant;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.eclipse.jetty.util.NanoTime;
import org.slf4j.Logger;

/** Breaks every rule of the architecture, so that its test can show that it notices. Never run. */
public class CrookedUtil {

    /** State for all. */
    public static int count;

    /** Wrong layer, and wrong library. */
    public CrookedPool upwards(Logger logger, CrookedPool[] pools) {
        logger.info("upwards");
        return pools[0];
    }

    /** Each line is one violation. */
    public Object time() throws InterruptedException {
        LongSupplier reference = System::nanoTime;
        long sum = reference.getAsLong() + System.currentTimeMillis() + NanoTime.now() + NanoTime.since(0);
        Thread.sleep(sum);
        TimeUnit.SECONDS.sleep(sum);
        return Instant.now() + Clock.systemUTC().toString();
    }

    /** Each line is one violation. */
    public Object chance() {
        System.out.println(Math.random());
        java.util.logging.Logger.getGlobal().info("logged");
        return new Random().nextInt() + ThreadLocalRandom.current().nextInt();
    }

    /** Each line is one violation. */
    public void threads() {
        new Thread(this::threads).start();
        Executors.newCachedThreadPool().shutdown();
    }

    /** None of this is one: what is given may be used. */
    public Object allowed(Clock clock, long then) {
        return Instant.now(clock).toEpochMilli() + NanoTime.elapsed(then, then) + new Random(then).nextInt();
    }
}
