package io.jettylb;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.balance.Strategies;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The README is the manual: what it does not name does not exist for users. */
class ReadmeTest {

    @Test
    void everyStrategyHasItsRow() throws Exception {
        String readme = Files.readString(Path.of("README.md"), StandardCharsets.UTF_8);
        assertThat(Strategies.installed().names())
                .allSatisfy(name -> assertThat(readme).contains("| `" + name + "` | "));
    }
}
