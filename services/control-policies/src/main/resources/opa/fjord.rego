# May this actor do this to that? The same answer as Fjord's own engine, from the same grants and policies.
#
# input: {"actor": "user:…", "action": "cluster:create", "resource": {"domain": …, "kind": …, "name": …}, "context": {"time": …}}
package fjord

default allow := false

# Many at once, for lists: input.requests are inputs as above; the answers are in their order.
each := [answer | some request in input.requests; answer := allow with input as request]

allow if permitted with input as followed

# What is said of a table follows the table's rights: asset:read of default/asset/table/x is table:read of default/table/x.
followed := object.union(input, {
	"action": concat("", [said[0], substring(input.action, 5, -1)]),
	"resource": {
		"domain": input.resource.domain,
		"kind": said[0],
		"name": replace(replace(said[1], "~1", "/"), "~0", "~"),
	},
}) if {
	input.resource.kind == "asset"
	startswith(input.action, "asset:")
	said[0] in {"namespace", "table", "view"}
	count(said) in {2, 3}
} else := input

said := split(input.resource.name, "/")

permitted if part_of_the_platform

permitted if {
	not refused
	not denied
	granted
}

part_of_the_platform if input.actor == "user:operator"

part_of_the_platform if startswith(input.actor, "service:")

refused if input.actor in data.fjord.known.refused

subjects contains input.actor

subjects contains "*"

subjects contains group if some group in data.fjord.known.groups[input.actor]

# A rule that denies also speaks if its condition cannot be evaluated; one that allows does not.
denied if {
	some subject in subjects
	some rule in data.fjord.known.denying[subject]
	covers(rule)
	not excused(rule)
}

granted if {
	some subject in subjects
	some rule in data.fjord.known.allowing[subject]
	covers(rule)
	speaks(rule)
}

excused(rule) if rule.condition in fails_to_hold

speaks(rule) if not rule.condition

speaks(rule) if rule.condition in holds

covers(rule) if {
	some action in rule.actions
	covers_action(action)
	some resource in rule.resources
	covers_resource(resource)
}

covers_action("*:*")

covers_action(pattern) if {
	[kind, verb] := split(pattern, ":")
	colon := indexof(input.action, ":")
	colon > 0
	is_part(kind, substring(input.action, 0, colon))
	is_part(verb, substring(input.action, colon + 1, -1))
}

is_part("*", _)

is_part(text, text)

covers_resource(pattern) if {
	begins(pattern.domain, input.resource.domain)
	some place in places
	begins(pattern.kind, place.kind)
	begins(pattern.name, place.name)
}

# The thing itself, the namespaces it lies in and its catalog: a rule on a place speaks of all in it.
places contains {"kind": input.resource.kind, "name": input.resource.name}

places contains {"kind": "catalog", "name": levels[0]} if in_a_catalog

places contains {"kind": "namespace", "name": concat(".", array.slice(levels, 0, i))} if {
	in_a_catalog
	some i, _ in levels
	i > 1
}

in_a_catalog if {
	input.resource.kind in {"table", "view", "namespace"}
	count(levels) > 1
}

levels := split(input.resource.name, ".")

begins(text, text)

begins(pattern, text) if {
	endswith(pattern, "*")
	startswith(text, trim_suffix(pattern, "*"))
}

# Conditions: what these are true or false of is so in CEL too; where CEL fails they are undefined.

cel_eq(a, b) := a == b

cel_ne(a, b) := a != b

cel_lt(a, b) := a < b if comparable(a, b)

cel_le(a, b) := a <= b if comparable(a, b)

cel_gt(a, b) := a > b if comparable(a, b)

cel_ge(a, b) := a >= b if comparable(a, b)

comparable(a, b) if {
	is_number(a)
	is_number(b)
}

comparable(a, b) if {
	is_string(a)
	is_string(b)
}

comparable(a, b) if {
	is_boolean(a)
	is_boolean(b)
}

cel_in(element, list) := element in list if is_array(list)

cel_in(key, map) := key in object.keys(map) if is_object(map)

cel_has(map, key) := key in object.keys(map) if is_object(map)

cel_starts_with(text, beginning) := startswith(text, beginning)

cel_ends_with(text, end) := endswith(text, end)

cel_contains(text, part) := contains(text, part)

cel_matches(text, pattern) := regex.match(pattern, text)

cel_in_network(address, network) := net.cidr_contains(network, address)

cel_hours(at, zone) := time.clock([time.parse_rfc3339_ns(at), zone])[0]

cel_minutes(at, zone) := time.clock([time.parse_rfc3339_ns(at), zone])[1]

cel_day_of_week(at, zone) := {
	"Sunday": 0, "Monday": 1, "Tuesday": 2, "Wednesday": 3, "Thursday": 4, "Friday": 5, "Saturday": 6,
}[time.weekday([time.parse_rfc3339_ns(at), zone])]

# So that there are such sets, also without a condition.
holds contains "" if false

fails_to_hold contains "" if false
