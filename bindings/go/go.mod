module wombatdb.org/go/wombat

go 1.19
