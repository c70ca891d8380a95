package io.jettylb.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.tools.ToolProvider;

/** A webapp that serves a page of its own and says which classes it can load; compiled by the test that needs it. */
final class ProbeWebapp {

    private static final String SERVLET = """
            package probe;

            import java.io.IOException;

            public class Probe extends NAMESPACE.servlet.http.HttpServlet {
                @Override
                protected void doGet(
                        NAMESPACE.servlet.http.HttpServletRequest request,
                        NAMESPACE.servlet.http.HttpServletResponse response) throws IOException {
                    response.setContentType("text/plain");
                    for (String name : request.getParameterValues("class")) {
                        response.getWriter().println(name + " " + loads(name));
                    }
                }

                private static boolean loads(String name) {
                    try {
                        Class.forName(name, false, Thread.currentThread().getContextClassLoader());
                        return true;
                    } catch (ClassNotFoundException | LinkageError hidden) {
                        return false;
                    }
                }
            }
            """;

    private static final String WEB_XML = """
            <web-app>
              <servlet>
                <servlet-name>probe</servlet-name>
                <servlet-class>probe.Probe</servlet-class>
              </servlet>
              <servlet-mapping>
                <servlet-name>probe</servlet-name>
                <url-pattern>/probe</url-pattern>
              </servlet-mapping>
            </web-app>
            """;

    private ProbeWebapp() {}

    /** Puts the webapp into a base: its name is the environment's, and so is its context path. */
    static void deploy(JettyBase base, JettyHome home, String environment, Path work) throws IOException {
        Path source = Files.createDirectories(work.resolve(environment)).resolve("Probe.java");
        Files.writeString(source, SERVLET.replace("NAMESPACE", environment.equals("ee8") ? "javax" : "jakarta"));
        Path classes = Files.createDirectories(base.resolve("webapps/" + environment + "/WEB-INF/classes"));
        List<String> arguments = List.of(
                "-d",
                classes.toString(),
                "-cp",
                home.servletApi(environment).toString(),
                "--release",
                "17",
                source.toString());
        int failed = ToolProvider.getSystemJavaCompiler().run(null, null, null, arguments.toArray(String[]::new));
        assertThat(failed).as("exit code of the compiler").isZero();
        base.write("webapps/" + environment + "/WEB-INF/web.xml", WEB_XML);
        base.write("webapps/" + environment + "/index.html", "page of " + environment);
        base.environmentOf(environment, environment);
    }
}
