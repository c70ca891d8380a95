package io.jettylb.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.it.KeepAliveClient.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Somebody's own WAR whose {@code web.xml} names our servlet and filter, and which has no jars. */
class OwnWebXmlIT {

    @TempDir
    Path folder;

    private static String webXml(String filter) {
        return """
                <web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.0">
                %s
                  <servlet>
                    <servlet-name>balancer</servlet-name>
                    <servlet-class>io.jettylb.servlet.LoadBalancerServlet</servlet-class>
                    <init-param><param-name>pool</param-name><param-value>tested</param-value></init-param>
                    <load-on-startup>1</load-on-startup>
                    <async-supported>true</async-supported>
                  </servlet>
                  <servlet-mapping>
                    <servlet-name>balancer</servlet-name>
                    <url-pattern>/app/*</url-pattern>
                    <url-pattern>/free/*</url-pattern>
                  </servlet-mapping>
                </web-app>
                """.formatted(filter);
    }

    private static final String FILTER = """
              <filter>
                <filter-name>sticky</filter-name>
                <filter-class>io.jettylb.servlet.StickyCookieFilter</filter-class>
                <async-supported>true</async-supported>
              </filter>
              <filter-mapping><filter-name>sticky</filter-name><url-pattern>/app/*</url-pattern></filter-mapping>
            """;

    private static void war(JettyBase base, String name, String webXml) throws IOException {
        Path file = base.resolve("webapps/" + name + ".war");
        Files.createDirectories(file.getParent());
        try (ZipOutputStream war = new ZipOutputStream(Files.newOutputStream(file))) {
            war.putNextEntry(new ZipEntry("WEB-INF/web.xml"));
            war.write(webXml.getBytes(UTF_8));
            war.putNextEntry(new ZipEntry("index.html"));
            war.write(("page of " + name).getBytes(UTF_8));
        }
        base.environmentOf(name, "ee10");
    }

    private static String cookie(Answer answer, String path) {
        String setCookie = answer.headers().get("set-cookie");
        assertThat(setCookie).matches("LB=[A-Za-z0-9_-]+; Path=" + path + "; HttpOnly; SameSite=Lax");
        return setCookie.substring(0, setCookie.indexOf(';'));
    }

    private static Answer get(KeepAliveClient client, String target, String cookie) throws IOException {
        return client.ask("GET " + target + " HTTP/1.1\r\nHost: localhost\r\nCookie: " + cookie + "\r\n\r\n");
    }

    @ParameterizedTest
    @MethodSource("io.jettylb.it.JettyHome#all")
    void itWorksBesideMounts(JettyHome home) throws Exception {
        try (TestUpstream a = TestUpstream.start("a");
                TestUpstream b = TestUpstream.start("b");
                JettyBase base = JettyBase.withModule(home, folder.resolve("base"))) {
            base.addModules("ee10-deploy");
            war(base, "own", webXml(FILTER));
            war(base, "plain", webXml(""));
            base.lbConf("""
                    lb {
                      mounts { "/api" { pool = tested } }
                      pools.tested {
                        strategy = round-robin
                        upstreams = [ %s, %s ]
                        sticky { cookie = LB, secret = "a secret of thirty-two characters" }
                      }
                    }
                    """.formatted(a.configured(), b.configured()));
            base.start();
            try (KeepAliveClient client = new KeepAliveClient(base.port())) {
                assertThat(client.get("/own/index.html").body()).isEqualTo("page of own");

                assertStays(client, "/own/app/x", "/own");
                assertStays(client, "/plain/app/x", "/plain");
                assertStays(client, "/plain/free/x", "/plain");
                assertStays(client, "/api/x", "/api");

                String bound = cookie(client.get("/own/app/x"), "/own");
                Answer one = get(client, "/own/free/x", bound);
                Answer two = get(client, "/own/free/x", bound);
                assertThat(one.headers()).doesNotContainKey("set-cookie");
                assertThat(one.headers().get("x-served-by"))
                        .as("the filter is not mapped there")
                        .isNotEqualTo(two.headers().get("x-served-by"));
            }
            assertThat(base.server().output()).doesNotContain("WARN");
        }
    }

    private static void assertStays(KeepAliveClient client, String target, String path) throws IOException {
        Answer first = client.get(target);
        assertThat(first.status()).isEqualTo(200);
        assertThat(first.body()).endsWith(" GET " + target + " 0\n");
        String cookie = cookie(first, path);
        for (int request = 0; request < 10; request++) {
            Answer next = get(client, target, cookie);
            assertThat(next.body()).isEqualTo(first.body());
            assertThat(next.headers()).doesNotContainKey("set-cookie");
        }
    }
}
