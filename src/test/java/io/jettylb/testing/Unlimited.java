package io.jettylb.testing;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import org.eclipse.jetty.server.ConnectionFactory;

/** Lifts the limit on events in a second that Jetty's HTTP/2 servers have; its types differ between Jetty's lines. */
final class Unlimited {

    private Unlimited() {}

    static <F extends ConnectionFactory> F events(F http2) {
        try {
            for (Method method : http2.getClass().getMethods()) {
                if (method.getName().equals("setRateControlFactory")) {
                    Class<?> factory = method.getParameterTypes()[0];
                    Object none = factory.getEnclosingClass()
                            .getField("NO_RATE_CONTROL")
                            .get(null);
                    method.invoke(
                            http2,
                            Proxy.newProxyInstance(
                                    factory.getClassLoader(),
                                    new Class<?>[] {factory},
                                    (proxy, called, arguments) -> none));
                }
            }
            return http2;
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }
}
