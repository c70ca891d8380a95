package io.jettylb.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Webapps of every environment beside a mount at {@code /}: they work as before, and see none of our libraries. */
@ParameterizedClass
@MethodSource("io.jettylb.it.JettyHome#all")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WebappsIT {

    @TempDir
    static Path folder;

    @Parameter
    JettyHome home;

    private List<String> environments;
    private TestUpstream upstream;
    private JettyBase base;

    @BeforeParameterizedClassInvocation
    void startServers() throws Exception {
        environments = Stream.of("ee8", "ee9", "ee10", "ee11").filter(home::has).toList();
        upstream = TestUpstream.start("root");
        base = JettyBase.withModule(home, folder.resolve(home.version()));
        base.addModules(environments.stream()
                .map(environment -> environment + "-deploy")
                .toArray(String[]::new));
        for (String environment : environments) {
            ProbeWebapp.deploy(base, home, environment, folder.resolve("sources-" + home.version()));
        }
        base.lbConf(Conf.of("/", upstream.configured()));
        base.start();
    }

    @AfterParameterizedClassInvocation
    void stopServers() throws Exception {
        if (base != null) {
            base.close();
        }
        upstream.close();
    }

    @Test
    void webappsAnswerForThemselvesAndTheMountForTheRest() throws Exception {
        assertThat(environments).hasSizeGreaterThan(2);
        try (KeepAliveClient client = new KeepAliveClient(base.port())) {
            for (String environment : environments) {
                assertThat(client.get("/" + environment + "/index.html").body()).isEqualTo("page of " + environment);
                assertThat(client.get("/" + environment + "/none").status()).isEqualTo(404);
            }
            assertThat(client.get("/").body()).isEqualTo("root GET / 0\n");
            assertThat(client.get("/ee8x/y").body()).isEqualTo("root GET /ee8x/y 0\n");
        }
        assertThat(base.server().output()).doesNotContain("WARN");
    }

    @Test
    void webappsSeeNoneOfOurThirdPartyClasses() throws Exception {
        List<String> classes = oneClassOfEveryPackage();
        assertThat(classes).isNotEmpty();
        for (String environment : environments) {
            assertThat(loadable(environment, classes).values())
                    .as(environment)
                    .hasSameSizeAs(classes)
                    .containsOnly(false);
        }
    }

    @Test
    void webappsOfTheFrontsEnvironmentSeeTheServletsThatTheirDescriptorsMayName() throws Exception {
        List<String> ours = List.of("probe.Probe", "io.jettylb.servlet.ServletMounts");

        assertThat(loadable("ee10", ours).values()).containsOnly(true);
        assertThat(loadable("ee8", ours)).containsEntry("probe.Probe", true).containsEntry(ours.get(1), false);
    }

    private Map<String, Boolean> loadable(String environment, List<String> classes) throws IOException {
        Map<String, Boolean> answers = new TreeMap<>();
        try (KeepAliveClient client = new KeepAliveClient(base.port())) {
            String query = "?class=" + String.join("&class=", classes);
            for (String line :
                    client.get("/" + environment + "/probe" + query).body().split("\r?\n")) {
                String[] words = line.split(" ");
                answers.put(words[0], Boolean.valueOf(words[1]));
            }
        }
        return answers;
    }

    private List<String> oneClassOfEveryPackage() throws IOException {
        Map<String, String> byPackage = new TreeMap<>();
        try (DirectoryStream<Path> jars = Files.newDirectoryStream(base.resolve("lib/lb/deps"), "*.jar")) {
            for (Path jar : jars) {
                try (JarFile file = new JarFile(jar.toFile())) {
                    file.stream()
                            .map(entry -> entry.getName())
                            .filter(name -> name.endsWith(".class") && !name.contains("-") && !name.contains("$"))
                            .map(name -> name.substring(0, name.length() - ".class".length())
                                    .replace('/', '.'))
                            .forEach(name -> byPackage.putIfAbsent(name.substring(0, name.lastIndexOf('.')), name));
                }
            }
        }
        return new ArrayList<>(byPackage.values());
    }
}
