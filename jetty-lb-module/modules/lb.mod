[description]
Balances context paths of this server over pools of upstream servers.
What is balanced, and how, stands in etc/lb.conf; the file made by this module balances nothing yet.

[tags]
proxy
load-balancer

[depend]
server
client
lb/ee10

[files]
basehome:modules/lb/lb.conf|etc/lb.conf
lib/lb/ext/

[lib]
lib/lb/jetty-lb-@project.version@.jar
lib/lb/deps/*.jar
lib/lb/ext/*.jar

[xml]
etc/jetty-lb.xml

[ini]
# Webapps shall not find our third-party jars: a library of theirs might react to their mere presence.
jetty.webapp.addHiddenClasses+=,${jetty.base.uri}/lib/lb/deps/,com.typesafe.config.,com.dynatrace.hash4j.,com.netflix.concurrency.limits.

[ini-template]
## The configuration file, absolute or relative to $JETTY_BASE.
# jetty.lb.config=etc/lb.conf
