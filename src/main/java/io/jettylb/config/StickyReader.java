package io.jettylb.config;

import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/** Reads how clients are kept with their upstream. */
final class StickyReader {

    private static final String VARIABLE = "LB_STICKY_SECRET";
    private static final int SHORTEST_SECRET = 16;
    private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}");
    private static final String COOKIE = "a cookie name of letters, digits, '-', '_' and '.'";
    private static final String SECRET = "at least " + SHORTEST_SECRET + " characters";
    private static final String FALLBACK = "rebalance or fail";

    private final UnaryOperator<String> environment;

    StickyReader(UnaryOperator<String> environment) {
        this.environment = environment;
    }

    StickyConfig read(Section sticky, StickyConfig fallback) {
        sticky.checkKeys(Vocabulary.STICKY);
        return new StickyConfig(
                cookie(sticky, fallback.cookie()),
                secret(sticky, fallback.secret()),
                sticky.never("max-idle", fallback.maxIdle()),
                sticky.never("max-life", fallback.maxLife()),
                fallback(sticky, fallback.fallback()));
    }

    private static String cookie(Section sticky, String fallback) {
        return sticky.setting("cookie")
                .flatMap(setting -> {
                    Optional<String> name = sticky.text(setting, COOKIE);
                    if (name.isPresent() && !TOKEN.matcher(name.get()).matches()) {
                        sticky.problems().add(setting, COOKIE);
                        return Optional.empty();
                    }
                    return name;
                })
                .orElse(fallback);
    }

    private String secret(Section sticky, String fallback) {
        Optional<Setting> written = sticky.setting("secret");
        if (written.isPresent()) {
            Optional<String> secret = sticky.text(written.get(), SECRET);
            if (secret.isPresent() && secret.get().length() < SHORTEST_SECRET) {
                sticky.problems().add(written.get(), SECRET);
            }
            return secret.orElse(fallback);
        }
        String inherited = fallback == null ? environment.apply(VARIABLE) : fallback;
        if (fallback == null && inherited != null && inherited.length() < SHORTEST_SECRET) {
            sticky.problems()
                    .add(
                            sticky.place(),
                            Display.child(sticky.path(), "secret"),
                            "(hidden), the default, from the environment's " + VARIABLE,
                            SECRET);
        }
        return inherited;
    }

    private static StickyConfig.Fallback fallback(Section sticky, StickyConfig.Fallback fallback) {
        return sticky.setting("fallback")
                .flatMap(setting -> sticky.text(setting, FALLBACK).flatMap(name -> switch (name) {
                    case "rebalance" -> Optional.of(StickyConfig.Fallback.REBALANCE);
                    case "fail" -> Optional.of(StickyConfig.Fallback.FAIL);
                    default -> {
                        sticky.problems().add(setting, FALLBACK);
                        yield Optional.empty();
                    }
                }))
                .orElse(fallback);
    }
}
