package io.jettylb.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The whole configuration: which context paths are balanced over which pools.
 *
 * @param mounts the balanced context paths, in the order of the file
 * @param pools the pools by name, in the order of the file; every pool named by a mount is among them
 * @param forwarded how upstreams are told who the client is
 */
public record LbConfig(List<MountConfig> mounts, Map<String, PoolConfig> pools, ForwardedConfig forwarded) {

    /**
     * Reads and validates a file.
     *
     * @param file the HOCON file; includes are confined to its folder
     * @param strategies what strategies there are to name
     * @return a configuration without errors
     * @throws ConfigException with every problem of the file
     */
    public static LbConfig load(Path file, StrategyCatalog strategies) throws ConfigException {
        return new LbReader(strategies).read(file);
    }
}
