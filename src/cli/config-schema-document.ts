// Made by `npm run docs:configuration` from config.proto. Do not edit.

/** The JSON Schema of a configuration file. */
export const configSchema: object = {
  "$schema": "http://json-schema.org/draft-07/schema#",
  "title": "openk.yaml",
  "description": "The whole file.",
  "type": "object",
  "properties": {
    "listen": {
      "description": "Address to listen on, HOST:PORT. Port 0 picks a free one. Default: 127.0.0.1:8080.",
      "type": [
        "string",
        "number",
        "boolean",
        "null"
      ]
    },
    "tls": {
      "description": "TLS for the port. Left out: cleartext.",
      "anyOf": [
        {
          "$ref": "#/definitions/ServerTls"
        },
        {
          "type": "null"
        }
      ]
    },
    "storage": {
      "description": "Where state and history are kept.",
      "anyOf": [
        {
          "$ref": "#/definitions/Storage"
        },
        {
          "type": "null"
        }
      ]
    },
    "defaults": {
      "description": "What components take where they do not say otherwise.",
      "anyOf": [
        {
          "$ref": "#/definitions/Defaults"
        },
        {
          "type": "null"
        }
      ]
    },
    "components": {
      "description": "Everything that is watched, and the groups over it.",
      "type": [
        "array",
        "null"
      ],
      "items": {
        "$ref": "#/definitions/Component"
      }
    },
    "root": {
      "description": "The group of all components that are in no other group.",
      "anyOf": [
        {
          "$ref": "#/definitions/Root"
        },
        {
          "type": "null"
        }
      ]
    },
    "cors": {
      "description": "Which web pages of other origins may call the API.",
      "anyOf": [
        {
          "$ref": "#/definitions/Cors"
        },
        {
          "type": "null"
        }
      ]
    },
    "limits": {
      "description": "Bounds on what the server and the probes take.",
      "anyOf": [
        {
          "$ref": "#/definitions/Limits"
        },
        {
          "type": "null"
        }
      ]
    },
    "drain_timeout": {
      "description": "How long a shutdown waits for calls in flight. Default: 10s.",
      "type": [
        "string",
        "null"
      ],
      "pattern": "^(\\d+(\\.\\d+)?d)?(\\d+(\\.\\d+)?h)?(\\d+(\\.\\d+)?m(?!s))?(\\d+(\\.\\d+)?s)?(\\d+(\\.\\d+)?ms)?$|\\$\\{",
      "examples": [
        "500ms",
        "30s",
        "1h30m"
      ]
    },
    "server": {
      "description": "What the port answers, and how.",
      "anyOf": [
        {
          "$ref": "#/definitions/Server"
        },
        {
          "type": "null"
        }
      ]
    },
    "probes": {
      "description": "What holds for all probes.",
      "anyOf": [
        {
          "$ref": "#/definitions/Probes"
        },
        {
          "type": "null"
        }
      ]
    },
    "auth": {
      "description": "Who may do what. Left out: everybody may do everything where it listens on loopback, and READ elsewhere.",
      "anyOf": [
        {
          "$ref": "#/definitions/Auth"
        },
        {
          "type": "null"
        }
      ]
    },
    "status_pages": {
      "description": "Pages about some components for those who use them: docs/status-pages.md.",
      "type": [
        "array",
        "null"
      ],
      "items": {
        "$ref": "#/definitions/StatusPage"
      },
      "maxItems": 100
    },
    "alerts": {
      "description": "Who is sent what when the health of something changes: docs/alerting.md. Left out: nothing is sent.",
      "anyOf": [
        {
          "$ref": "#/definitions/Alerts"
        },
        {
          "type": "null"
        }
      ]
    },
    "observer": {
      "description": "How OpenK finds out that its own network is gone. Left out: it does not.",
      "anyOf": [
        {
          "$ref": "#/definitions/Observer"
        },
        {
          "type": "null"
        }
      ]
    },
    "discovery": {
      "description": "Sources of components that somebody else knows: docs/discovery.md. Each is a group of its id with what it gives, and a component discovery.ID that says how the source is.",
      "type": [
        "array",
        "null"
      ],
      "items": {
        "$ref": "#/definitions/DiscoverySource"
      },
      "maxItems": 100
    },
    "instance": {
      "description": "What this instance is among several on one database, and to agents.",
      "anyOf": [
        {
          "$ref": "#/definitions/Instance"
        },
        {
          "type": "null"
        }
      ]
    },
    "agents": {
      "description": "What holds for agents, which probe from other networks: docs/agents.md.",
      "anyOf": [
        {
          "$ref": "#/definitions/Agents"
        },
        {
          "type": "null"
        }
      ]
    }
  },
  "patternProperties": {
    "^drainTimeout$": {
      "$ref": "#/properties/drain_timeout"
    },
    "^statusPages$": {
      "$ref": "#/properties/status_pages"
    }
  },
  "additionalProperties": false,
  "definitions": {
    "Agents": {
      "description": "What holds for agents.",
      "type": "object",
      "properties": {
        "allow_cleartext": {
          "description": "Whether an agent on another machine may come in cleartext: what it probes, with all secrets, can then be read on its way, unless the network itself encrypts. Default: false.",
          "type": [
            "boolean",
            "string",
            "null"
          ],
          "pattern": "^(true|True|TRUE|false|False|FALSE)$|\\$\\{"
        }
      },
      "patternProperties": {
        "^allowCleartext$": {
          "$ref": "#/definitions/Agents/properties/allow_cleartext"
        }
      },
      "additionalProperties": false
    },
    "AlertChannel": {
      "description": "Where messages go. Exactly one kind.",
      "type": "object",
      "properties": {
        "id": {
          "description": "Its name in routes, in the log and in metrics.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "timeout": {
          "description": "Longest that an attempt may take. Default: 10s.",
          "type": [
            "string",
            "null"
          ],
          "pattern": "^(\\d+(\\.\\d+)?d)?(\\d+(\\.\\d+)?h)?(\\d+(\\.\\d+)?m(?!s))?(\\d+(\\.\\d+)?s)?(\\d+(\\.\\d+)?ms)?$|\\$\\{",
          "examples": [
            "500ms",
            "30s",
            "1h30m"
          ]
        },
        "webhook": {
          "description": "Signed JSON by HTTP (Standard Webhooks).",
          "anyOf": [
            {
              "$ref": "#/definitions/WebhookChannel"
            },
            {
              "type": "null"
            }
          ]
        },
        "slack": {
          "description": "Slack, by an incoming webhook or as an app.",
          "anyOf": [
            {
              "$ref": "#/definitions/SlackChannel"
            },
            {
              "type": "null"
            }
          ]
        },
        "pagerduty": {
          "description": "PagerDuty (Events API v2).",
          "anyOf": [
            {
              "$ref": "#/definitions/PagerdutyChannel"
            },
            {
              "type": "null"
            }
          ]
        },
        "alertmanager": {
          "description": "Alertmanager (API v2).",
          "anyOf": [
            {
              "$ref": "#/definitions/AlertmanagerChannel"
            },
            {
              "type": "null"
            }
          ]
        },
        "email": {
          "description": "E-mail by SMTP.",
          "anyOf": [
            {
              "$ref": "#/definitions/EmailChannel"
            },
            {
              "type": "null"
            }
          ]
        },
        "ntfy": {
          "description": "ntfy.",
          "anyOf": [
            {
              "$ref": "#/definitions/NtfyChannel"
            },
            {
              "type": "null"
            }
          ]
        },
        "discord": {
          "description": "Discord, by a webhook.",
          "anyOf": [
            {
              "$ref": "#/definitions/DiscordChannel"
            },
            {
              "type": "null"
            }
          ]
        },
        "teams": {
          "description": "Microsoft Teams, by a workflow.",
          "anyOf": [
            {
              "$ref": "#/definitions/TeamsChannel"
            },
            {
              "type": "null"
            }
          ]
        },
        "telegram": {
          "description": "Telegram, by a bot.",
          "anyOf": [
            {
              "$ref": "#/definitions/TelegramChannel"
            },
            {
              "type": "null"
            }
          ]
        },
        "matrix": {
          "description": "Matrix, by the client-server API.",
          "anyOf": [
            {
              "$ref": "#/definitions/MatrixChannel"
            },
            {
              "type": "null"
            }
          ]
        }
      },
      "additionalProperties": false,
      "allOf": [
        {
          "required": [
            "id"
          ]
        },
        {
          "oneOf": [
            {
              "required": [
                "webhook"
              ]
            },
            {
              "required": [
                "slack"
              ]
            },
            {
              "required": [
                "pagerduty"
              ]
            },
            {
              "required": [
                "alertmanager"
              ]
            },
            {
              "required": [
                "email"
              ]
            },
            {
              "required": [
                "ntfy"
              ]
            },
            {
              "required": [
                "discord"
              ]
            },
            {
              "required": [
                "teams"
              ]
            },
            {
              "required": [
                "telegram"
              ]
            },
            {
              "required": [
                "matrix"
              ]
            }
          ]
        }
      ]
    },
    "AlertFlapping": {
      "description": "When a component counts as flapping.",
      "type": "object",
      "properties": {
        "changes": {
          "description": "Alerts that it takes. 0: never. Default: 6.",
          "type": [
            "integer",
            "string",
            "null"
          ],
          "pattern": "^[-+]?\\d+$|\\$\\{",
          "maximum": 1000
        },
        "within": {
          "description": "Within which time; it has settled when it has kept its status for that long. Default: 1h.",
          "type": [
            "string",
            "null"
          ],
          "pattern": "^(\\d+(\\.\\d+)?d)?(\\d+(\\.\\d+)?h)?(\\d+(\\.\\d+)?m(?!s))?(\\d+(\\.\\d+)?s)?(\\d+(\\.\\d+)?ms)?$|\\$\\{",
          "examples": [
            "500ms",
            "30s",
            "1h30m"
          ]
        }
      },
      "additionalProperties": false
    },
    "AlertMatch": {
      "description": "What a route takes; each that is set has to hold.",
      "type": "object",
      "properties": {
        "labels": {
          "description": "Selectors such as `team=payments`, `team=payments,tier!=test` or `id=shop-*`: one of them has to take the component.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "type": [
              "string",
              "number",
              "boolean"
            ]
          },
          "maxItems": 100
        },
        "groups": {
          "description": "Ids of groups: it has to be one of them, or below one.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "type": [
              "string",
              "number",
              "boolean"
            ]
          },
          "maxItems": 100
        },
        "severities": {
          "description": "Severities of which the alert has to be one.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "anyOf": [
              {
                "enum": [
                  "INFO",
                  "WARNING",
                  "ERROR",
                  "CRITICAL"
                ]
              },
              {
                "type": "string",
                "pattern": "^ALERT_SEVERITY_(INFO|WARNING|ERROR|CRITICAL)$|\\$\\{"
              }
            ]
          }
        }
      },
      "additionalProperties": false
    },
    "AlertRoute": {
      "description": "What makes an alert, and who is sent it.",
      "type": "object",
      "properties": {
        "id": {
          "description": "Its name in alerts. Default: route-1 for the first, and so on. Give it one, so that it keeps its alerts when routes before it come or go.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "match": {
          "description": "What it takes. Left out: every component.",
          "anyOf": [
            {
              "$ref": "#/definitions/AlertMatch"
            },
            {
              "type": "null"
            }
          ]
        },
        "on": {
          "description": "Statuses that make an alert. UNKNOWN makes one that says so. Default: UNHEALTHY.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "anyOf": [
              {
                "enum": [
                  "DEGRADED",
                  "UNHEALTHY",
                  "UNKNOWN"
                ]
              },
              {
                "type": "string",
                "pattern": "^HEALTH_STATUS_(DEGRADED|UNHEALTHY|UNKNOWN)$|\\$\\{"
              }
            ]
          }
        },
        "for": {
          "description": "How long it has to be so without a break. At least as long as it takes to see what the components depend on, so that a cause is known before its consequences. Default: 0s.",
          "type": [
            "string",
            "null"
          ],
          "pattern": "^(\\d+(\\.\\d+)?d)?(\\d+(\\.\\d+)?h)?(\\d+(\\.\\d+)?m(?!s))?(\\d+(\\.\\d+)?s)?(\\d+(\\.\\d+)?ms)?$|\\$\\{",
          "examples": [
            "500ms",
            "30s",
            "1h30m"
          ]
        },
        "resolve_after": {
          "description": "How long a component has to be good without a break until its alert is over. Default: 0s.",
          "type": [
            "string",
            "null"
          ],
          "pattern": "^(\\d+(\\.\\d+)?d)?(\\d+(\\.\\d+)?h)?(\\d+(\\.\\d+)?m(?!s))?(\\d+(\\.\\d+)?s)?(\\d+(\\.\\d+)?ms)?$|\\$\\{",
          "examples": [
            "500ms",
            "30s",
            "1h30m"
          ]
        },
        "group_by": {
          "description": "What is one alert. Default: CAUSE.",
          "anyOf": [
            {
              "enum": [
                "CAUSE",
                "COMPONENT"
              ]
            },
            {
              "type": "string",
              "pattern": "^GROUP_BY_(CAUSE|COMPONENT)$|\\$\\{"
            },
            {
              "type": "null"
            }
          ]
        },
        "remind_every": {
          "description": "How often an alert is said again while nobody takes care of it. Left out: never.",
          "type": [
            "string",
            "null"
          ],
          "pattern": "^(\\d+(\\.\\d+)?d)?(\\d+(\\.\\d+)?h)?(\\d+(\\.\\d+)?m(?!s))?(\\d+(\\.\\d+)?s)?(\\d+(\\.\\d+)?ms)?$|\\$\\{",
          "examples": [
            "500ms",
            "30s",
            "1h30m"
          ]
        },
        "to": {
          "description": "Ids of the channels that it is sent to.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "type": [
              "string",
              "number",
              "boolean"
            ]
          },
          "maxItems": 100
        },
        "escalate": {
          "description": "Who is sent it later.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "$ref": "#/definitions/Escalation"
          },
          "maxItems": 20
        },
        "continue": {
          "description": "Whether the routes behind it are asked too. Default: false.",
          "type": [
            "boolean",
            "string",
            "null"
          ],
          "pattern": "^(true|True|TRUE|false|False|FALSE)$|\\$\\{"
        },
        "severity": {
          "description": "How urgent its alerts are. Default: the label `severity` of the component (critical, error, warning, info), else by its status: UNHEALTHY is CRITICAL, others WARNING.",
          "anyOf": [
            {
              "enum": [
                "INFO",
                "WARNING",
                "ERROR",
                "CRITICAL"
              ]
            },
            {
              "type": "string",
              "pattern": "^ALERT_SEVERITY_(INFO|WARNING|ERROR|CRITICAL)$|\\$\\{"
            },
            {
              "type": "null"
            }
          ]
        },
        "flapping": {
          "description": "When a component counts as flapping: then it is said once, and nothing more until it has settled. Default: 6 alerts within 1h; changes 0: never.",
          "anyOf": [
            {
              "$ref": "#/definitions/AlertFlapping"
            },
            {
              "type": "null"
            }
          ]
        },
        "on_burn": {
          "description": "In place of `on`: alerts are of components with an slo whose error budget burns at one of these speeds. It takes the speeds that it names; others go on to the routes behind it.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "anyOf": [
              {
                "enum": [
                  "FAST",
                  "MEDIUM",
                  "SLOW"
                ]
              },
              {
                "type": "string",
                "pattern": "^BURN_SPEED_(FAST|MEDIUM|SLOW)$|\\$\\{"
              }
            ]
          }
        }
      },
      "patternProperties": {
        "^resolveAfter$": {
          "$ref": "#/definitions/AlertRoute/properties/resolve_after"
        },
        "^groupBy$": {
          "$ref": "#/definitions/AlertRoute/properties/group_by"
        },
        "^remindEvery$": {
          "$ref": "#/definitions/AlertRoute/properties/remind_every"
        },
        "^onBurn$": {
          "$ref": "#/definitions/AlertRoute/properties/on_burn"
        }
      },
      "additionalProperties": false
    },
    "AlertmanagerChannel": {
      "description": "Alertmanager. An alert has the labels alertname (OpenkAlert), component, route, and those named here; status, severity, reason, cause and consequences are annotations, since they change. What is open is repeated; who is silenced there, Alertmanager knows.",
      "type": "object",
      "properties": {
        "urls": {
          "description": "Every member of the cluster, never a load balancer in front of them.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "type": [
              "string",
              "number",
              "boolean"
            ]
          },
          "minItems": 1,
          "maxItems": 20
        },
        "labels": {
          "description": "Labels that each alert has beside alertname, component and route.",
          "type": [
            "object",
            "null"
          ],
          "additionalProperties": {
            "type": [
              "string",
              "number",
              "boolean"
            ]
          }
        },
        "component_labels": {
          "description": "Labels of the component that become labels of the alert, with _ for what Prometheus has not in a name (service.name is service_name). Keep them few: another value is another alert. Default: none.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "type": [
              "string",
              "number",
              "boolean"
            ]
          },
          "maxItems": 100
        },
        "resend_every": {
          "description": "How often what is open is sent again; it expires after three times as long. Default: 1m.",
          "type": [
            "string",
            "null"
          ],
          "pattern": "^(\\d+(\\.\\d+)?d)?(\\d+(\\.\\d+)?h)?(\\d+(\\.\\d+)?m(?!s))?(\\d+(\\.\\d+)?s)?(\\d+(\\.\\d+)?ms)?$|\\$\\{",
          "examples": [
            "500ms",
            "30s",
            "1h30m"
          ]
        },
        "headers": {
          "description": "Headers that are added, such as Authorization.",
          "type": [
            "object",
            "null"
          ],
          "additionalProperties": {
            "type": [
              "string",
              "number",
              "boolean"
            ]
          }
        }
      },
      "patternProperties": {
        "^componentLabels$": {
          "$ref": "#/definitions/AlertmanagerChannel/properties/component_labels"
        },
        "^resendEvery$": {
          "$ref": "#/definitions/AlertmanagerChannel/properties/resend_every"
        }
      },
      "additionalProperties": false
    },
    "AlertmanagerProbe": {
      "description": "Takes alerts that an Alertmanager sends to /alertmanager/TOKEN, by a receiver with webhook_configs: docs/alertmanager.md. HEALTHY while none fires, UNKNOWN while nothing is heard of it.",
      "type": "object",
      "properties": {
        "token": {
          "description": "What the sender shows, in the path. Components with the same token hear the same sender. At least 16 letters, digits, '-' or '_'. Never shown.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "match": {
          "description": "Which alerts are about the component, by their labels: one of these. Commas stand between what must hold together: \"team=payments,env!=test\". Default: all.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "type": [
              "string",
              "number",
              "boolean"
            ]
          },
          "maxItems": 100
        },
        "degraded": {
          "description": "Alerts that make it DEGRADED and not UNHEALTHY, in the same way. Default: severity=warning.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "type": [
              "string",
              "number",
              "boolean"
            ]
          },
          "maxItems": 100
        },
        "ignored": {
          "description": "Alerts that do not count, in the same way, beside those with severity=none. Default: severity=info.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "type": [
              "string",
              "number",
              "boolean"
            ]
          },
          "maxItems": 100
        },
        "heard_within": {
          "description": "In what time something has to be heard of the sender, whatever it is about: UNKNOWN after that. An alert that always fires sees to it. Default: 10m.",
          "type": [
            "string",
            "null"
          ],
          "pattern": "^(\\d+(\\.\\d+)?d)?(\\d+(\\.\\d+)?h)?(\\d+(\\.\\d+)?m(?!s))?(\\d+(\\.\\d+)?s)?(\\d+(\\.\\d+)?ms)?$|\\$\\{",
          "examples": [
            "500ms",
            "30s",
            "1h30m"
          ]
        },
        "repeated_within": {
          "description": "In what time an alert that fires has to be said again: longer than repeat_interval of Alertmanager. Default: 5h, since that is 4h.",
          "type": [
            "string",
            "null"
          ],
          "pattern": "^(\\d+(\\.\\d+)?d)?(\\d+(\\.\\d+)?h)?(\\d+(\\.\\d+)?m(?!s))?(\\d+(\\.\\d+)?s)?(\\d+(\\.\\d+)?ms)?$|\\$\\{",
          "examples": [
            "500ms",
            "30s",
            "1h30m"
          ]
        }
      },
      "patternProperties": {
        "^heardWithin$": {
          "$ref": "#/definitions/AlertmanagerProbe/properties/heard_within"
        },
        "^repeatedWithin$": {
          "$ref": "#/definitions/AlertmanagerProbe/properties/repeated_within"
        }
      },
      "additionalProperties": false,
      "allOf": [
        {
          "required": [
            "token"
          ]
        }
      ]
    },
    "Alerts": {
      "description": "Who is sent what when the health of something changes.",
      "type": "object",
      "properties": {
        "channels": {
          "description": "Where messages go.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "$ref": "#/definitions/AlertChannel"
          },
          "maxItems": 100
        },
        "routes": {
          "description": "What makes an alert, and of whom it is known. The first route that matches a component takes it, and those behind it too where it says `continue: true`.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "$ref": "#/definitions/AlertRoute"
          },
          "maxItems": 1000
        },
        "deny_addresses": {
          "description": "Networks that no channel connects to, as addresses or CIDR, whatever name leads there: where clouds keep credentials. Redirects are not followed. An empty list allows all. Default: 169.254.0.0/16, fe80::/10.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "type": [
              "string",
              "number",
              "boolean"
            ]
          }
        },
        "watchdog": {
          "description": "A dead man's switch that is asked as long as OpenK works, so that somebody learns when it does not. Left out: none.",
          "anyOf": [
            {
              "$ref": "#/definitions/Watchdog"
            },
            {
              "type": "null"
            }
          ]
        }
      },
      "patternProperties": {
        "^denyAddresses$": {
          "$ref": "#/definitions/Alerts/properties/deny_addresses"
        }
      },
      "additionalProperties": false
    },
    "Anonymous": {
      "description": "What callers without a credential may do.",
      "type": "object",
      "properties": {
        "allow": {
          "description": "What they may do.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "anyOf": [
              {
                "enum": [
                  "STATUS_PAGES",
                  "READ",
                  "EXPLAIN",
                  "REPORT",
                  "OPERATE",
                  "ADMIN",
                  "PROBE"
                ]
              },
              {
                "type": "string",
                "pattern": "^SCOPE_(STATUS_PAGES|READ|EXPLAIN|REPORT|OPERATE|ADMIN|PROBE)$|\\$\\{"
              }
            ]
          }
        },
        "select": {
          "description": "Components that exist for them, by selectors such as `team=payments`, `team=payments,tier!=test` or `id=nightly-*`: what one of them takes. Default: all.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "type": [
              "string",
              "number",
              "boolean"
            ]
          },
          "maxItems": 1000
        }
      },
      "additionalProperties": false
    },
    "ApiKey": {
      "description": "A key that a program calls with. Several may be good at the same time, so that one can take the place of another.",
      "type": "object",
      "properties": {
        "id": {
          "description": "Its name in the log and the audit log.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "sha256": {
          "description": "SHA-256 of the key, 64 hexadecimal digits.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "allow": {
          "description": "What its bearer may do.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "anyOf": [
              {
                "enum": [
                  "STATUS_PAGES",
                  "READ",
                  "EXPLAIN",
                  "REPORT",
                  "OPERATE",
                  "ADMIN",
                  "PROBE"
                ]
              },
              {
                "type": "string",
                "pattern": "^SCOPE_(STATUS_PAGES|READ|EXPLAIN|REPORT|OPERATE|ADMIN|PROBE)$|\\$\\{"
              }
            ]
          },
          "minItems": 1
        },
        "select": {
          "description": "Components that exist for its bearer, as in auth.anonymous.select. Default: all.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "type": [
              "string",
              "number",
              "boolean"
            ]
          },
          "maxItems": 1000
        },
        "expires": {
          "description": "When it expires: a time, or a day, which is its first moment in UTC. Default: never.",
          "type": [
            "string",
            "null"
          ],
          "pattern": "^\\d{4}-\\d\\d-\\d\\d(T.*)?$|\\$\\{",
          "examples": [
            "2026-12-24T22:00:00Z",
            "2026-12-24"
          ]
        }
      },
      "additionalProperties": false,
      "allOf": [
        {
          "required": [
            "id"
          ]
        },
        {
          "required": [
            "sha256"
          ]
        }
      ]
    },
    "Auth": {
      "description": "Who may do what. A change takes effect with the reload: what goes on in the name of a credential that is gone, such as a stream, ends.",
      "type": "object",
      "properties": {
        "anonymous": {
          "description": "What callers without a credential may do. Default: nothing but to ask whether OpenK itself is alive and ready.",
          "anyOf": [
            {
              "$ref": "#/definitions/Anonymous"
            },
            {
              "type": "null"
            }
          ]
        },
        "keys": {
          "description": "API keys: sent as `Authorization: Bearer KEY`, `X-Api-Key: KEY` or the password of Basic. `openk token new` makes one.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "$ref": "#/definitions/ApiKey"
          },
          "maxItems": 10000
        },
        "jwt": {
          "description": "Access tokens of an identity provider (JWT), sent as `Authorization: Bearer TOKEN`.",
          "anyOf": [
            {
              "$ref": "#/definitions/Jwt"
            },
            {
              "type": "null"
            }
          ]
        },
        "oidc": {
          "description": "Login of people with a browser, at an OpenID provider.",
          "anyOf": [
            {
              "$ref": "#/definitions/Oidc"
            },
            {
              "type": "null"
            }
          ]
        },
        "mtls": {
          "description": "Client certificates by a name in them, where tls.client_ca_file is set. The first that matches counts.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "$ref": "#/definitions/CertificateGrant"
          },
          "maxItems": 10000
        },
        "proxy_user": {
          "description": "Users that a login proxy names, where server.trusted_proxies lists it.",
          "anyOf": [
            {
              "$ref": "#/definitions/ProxyUser"
            },
            {
              "type": "null"
            }
          ]
        }
      },
      "patternProperties": {
        "^proxyUser$": {
          "$ref": "#/definitions/Auth/properties/proxy_user"
        }
      },
      "additionalProperties": false
    },
    "BestRule": {
      "description": "As good as the best member.",
      "type": "object",
      "properties": {},
      "additionalProperties": false
    },
    "CertificateGrant": {
      "description": "What the bearer of a client certificate is allowed.",
      "type": "object",
      "properties": {
        "san": {
          "description": "A subject alternative name of the certificate: a URI such as spiffe://acme/backup, a DNS name, or an email address.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "allow": {
          "description": "What it allows.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "anyOf": [
              {
                "enum": [
                  "STATUS_PAGES",
                  "READ",
                  "EXPLAIN",
                  "REPORT",
                  "OPERATE",
                  "ADMIN",
                  "PROBE"
                ]
              },
              {
                "type": "string",
                "pattern": "^SCOPE_(STATUS_PAGES|READ|EXPLAIN|REPORT|OPERATE|ADMIN|PROBE)$|\\$\\{"
              }
            ]
          },
          "minItems": 1
        },
        "select": {
          "description": "Components that exist for its bearer, as in auth.anonymous.select. Default: all.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "type": [
              "string",
              "number",
              "boolean"
            ]
          },
          "maxItems": 1000
        }
      },
      "additionalProperties": false,
      "allOf": [
        {
          "required": [
            "san"
          ]
        }
      ]
    },
    "ClientTls": {
      "description": "TLS towards a target.",
      "type": "object",
      "properties": {
        "ca_file": {
          "description": "PEM file with the authorities to trust. Default: those of the system.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "cert_file": {
          "description": "PEM file with the client certificate.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "key_file": {
          "description": "PEM file with the client's private key.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "server_name": {
          "description": "Name to ask for and to verify. Default: the host of the target.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "insecure_skip_verify": {
          "description": "Take any certificate. The target is then not authenticated.",
          "type": [
            "boolean",
            "string",
            "null"
          ],
          "pattern": "^(true|True|TRUE|false|False|FALSE)$|\\$\\{"
        }
      },
      "patternProperties": {
        "^caFile$": {
          "$ref": "#/definitions/ClientTls/properties/ca_file"
        },
        "^certFile$": {
          "$ref": "#/definitions/ClientTls/properties/cert_file"
        },
        "^keyFile$": {
          "$ref": "#/definitions/ClientTls/properties/key_file"
        },
        "^serverName$": {
          "$ref": "#/definitions/ClientTls/properties/server_name"
        },
        "^insecureSkipVerify$": {
          "$ref": "#/definitions/ClientTls/properties/insecure_skip_verify"
        }
      },
      "additionalProperties": false
    },
    "Component": {
      "description": "Something that is watched, or a group of such things.",
      "type": "object",
      "properties": {
        "id": {
          "description": "Its name in every answer: a letter or digit, then up to 127 of letters, digits, dot, underscore, dash.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "labels": {
          "description": "Free labels, to select by.",
          "type": [
            "object",
            "null"
          ],
          "additionalProperties": {
            "type": [
              "string",
              "number",
              "boolean"
            ]
          }
        },
        "http": {
          "description": "Asks an HTTP server.",
          "anyOf": [
            {
              "$ref": "#/definitions/HttpProbe"
            },
            {
              "type": "null"
            }
          ]
        },
        "grpc": {
          "description": "Asks a gRPC server by grpc.health.v1.",
          "anyOf": [
            {
              "$ref": "#/definitions/GrpcProbe"
            },
            {
              "type": "null"
            }
          ]
        },
        "tcp": {
          "description": "Connects to a TCP port.",
          "anyOf": [
            {
              "$ref": "#/definitions/TcpProbe"
            },
            {
              "type": "null"
            }
          ]
        },
        "dns": {
          "description": "Resolves a name.",
          "anyOf": [
            {
              "$ref": "#/definitions/DnsProbe"
            },
            {
              "type": "null"
            }
          ]
        },
        "tls": {
          "description": "Looks at a server's certificate.",
          "anyOf": [
            {
              "$ref": "#/definitions/TlsProbe"
            },
            {
              "type": "null"
            }
          ]
        },
        "heartbeat": {
          "description": "Waits for reports (ReportHealth) and misses them when they are late.",
          "anyOf": [
            {
              "$ref": "#/definitions/HeartbeatProbe"
            },
            {
              "type": "null"
            }
          ]
        },
        "openk": {
          "description": "Follows a component of another OpenK.",
          "anyOf": [
            {
              "$ref": "#/definitions/OpenkProbe"
            },
            {
              "type": "null"
            }
          ]
        },
        "group": {
          "description": "Rolls up other components.",
          "anyOf": [
            {
              "$ref": "#/definitions/Group"
            },
            {
              "type": "null"
            }
          ]
        },
        "discovery": {
          "description": "Says how a source of components is.",
          "anyOf": [
            {
              "$ref": "#/definitions/DiscoveryProbe"
            },
            {
              "type": "null"
            }
          ]
        },
        "promql": {
          "description": "Asks Prometheus, or what speaks as it does.",
          "anyOf": [
            {
              "$ref": "#/definitions/PromqlProbe"
            },
            {
              "type": "null"
            }
          ]
        },
        "feed": {
          "description": "Reads the status page of somebody else.",
          "anyOf": [
            {
              "$ref": "#/definitions/FeedProbe"
            },
            {
              "type": "null"
            }
          ]
        },
        "consul": {
          "description": "Asks Consul about a service.",
          "anyOf": [
            {
              "$ref": "#/definitions/ConsulProbe"
            },
            {
              "type": "null"
            }
          ]
        },
        "websocket": {
          "description": "Opens a WebSocket.",
          "anyOf": [
            {
              "$ref": "#/definitions/WebsocketProbe"
            },
            {
              "type": "null"
            }
          ]
        },
        "icmp": {
          "description": "Sends an ICMP echo request.",
          "anyOf": [
            {
              "$ref": "#/definitions/IcmpProbe"
            },
            {
              "type": "null"
            }
          ]
        },
        "alertmanager": {
          "description": "Takes the alerts that an Alertmanager sends.",
          "anyOf": [
            {
              "$ref": "#/definitions/AlertmanagerProbe"
            },
            {
              "type": "null"
            }
          ]
        },
        "interval": {
          "description": "Time between two probe runs. Default: defaults.interval.",
          "type": [
            "string",
            "null"
          ],
          "pattern": "^(\\d+(\\.\\d+)?d)?(\\d+(\\.\\d+)?h)?(\\d+(\\.\\d+)?m(?!s))?(\\d+(\\.\\d+)?s)?(\\d+(\\.\\d+)?ms)?$|\\$\\{",
          "examples": [
            "500ms",
            "30s",
            "1h30m"
          ]
        },
        "timeout": {
          "description": "Longest a probe run may take. Default: defaults.timeout.",
          "type": [
            "string",
            "null"
          ],
          "pattern": "^(\\d+(\\.\\d+)?d)?(\\d+(\\.\\d+)?h)?(\\d+(\\.\\d+)?m(?!s))?(\\d+(\\.\\d+)?s)?(\\d+(\\.\\d+)?ms)?$|\\$\\{",
          "examples": [
            "500ms",
            "30s",
            "1h30m"
          ]
        },
        "unhealthy_interval": {
          "description": "Time between two probe runs while it is not HEALTHY. Default: interval.",
          "type": [
            "string",
            "null"
          ],
          "pattern": "^(\\d+(\\.\\d+)?d)?(\\d+(\\.\\d+)?h)?(\\d+(\\.\\d+)?m(?!s))?(\\d+(\\.\\d+)?s)?(\\d+(\\.\\d+)?ms)?$|\\$\\{",
          "examples": [
            "500ms",
            "30s",
            "1h30m"
          ]
        },
        "healthy_threshold": {
          "description": "Better observations in a row that make its status better. Default: defaults.healthy_threshold.",
          "type": [
            "integer",
            "string",
            "null"
          ],
          "pattern": "^[-+]?\\d+$|\\$\\{",
          "minimum": 1,
          "maximum": 1000
        },
        "unhealthy_threshold": {
          "description": "Worse observations in a row that make its status worse. Default: defaults.unhealthy_threshold.",
          "type": [
            "integer",
            "string",
            "null"
          ],
          "pattern": "^[-+]?\\d+$|\\$\\{",
          "minimum": 1,
          "maximum": 1000
        },
        "stale_after": {
          "description": "Age of the last observation from which it is UNKNOWN. Longer than the intervals and the timeout. Default: 3 times the longer interval, and the timeout.",
          "type": [
            "string",
            "null"
          ],
          "pattern": "^(\\d+(\\.\\d+)?d)?(\\d+(\\.\\d+)?h)?(\\d+(\\.\\d+)?m(?!s))?(\\d+(\\.\\d+)?s)?(\\d+(\\.\\d+)?ms)?$|\\$\\{",
          "examples": [
            "500ms",
            "30s",
            "1h30m"
          ]
        },
        "display_name": {
          "description": "Its name for people, where that is another than its id.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "description": {
          "description": "What it is, for people. Text, not HTML.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "links": {
          "description": "Where people find more about it: dashboards, instructions, repositories.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "$ref": "#/definitions/Link"
          },
          "maxItems": 32
        },
        "depends_on": {
          "description": "Components that it cannot work without. While one of them is UNHEALTHY, its own failure is a consequence (caused_by).",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "type": [
              "string",
              "number",
              "boolean"
            ]
          }
        },
        "serving_when_degraded": {
          "description": "Whether grpc.health.v1 answers SERVING while it is DEGRADED. Default: true.",
          "type": [
            "boolean",
            "string",
            "null"
          ],
          "pattern": "^(true|True|TRUE|false|False|FALSE)$|\\$\\{"
        },
        "maintenance": {
          "description": "When it is out of service on purpose.",
          "anyOf": [
            {
              "$ref": "#/definitions/Maintenance"
            },
            {
              "type": "null"
            }
          ]
        },
        "slo": {
          "description": "Its service level objective: how much of the time it is to be good. Left out: it has none.",
          "anyOf": [
            {
              "$ref": "#/definitions/Slo"
            },
            {
              "type": "null"
            }
          ]
        },
        "vantage": {
          "description": "From which places it is probed. Left out: OpenK probes it from where it runs.",
          "anyOf": [
            {
              "$ref": "#/definitions/Vantage"
            },
            {
              "type": "null"
            }
          ]
        }
      },
      "patternProperties": {
        "^unhealthyInterval$": {
          "$ref": "#/definitions/Component/properties/unhealthy_interval"
        },
        "^healthyThreshold$": {
          "$ref": "#/definitions/Component/properties/healthy_threshold"
        },
        "^unhealthyThreshold$": {
          "$ref": "#/definitions/Component/properties/unhealthy_threshold"
        },
        "^staleAfter$": {
          "$ref": "#/definitions/Component/properties/stale_after"
        },
        "^displayName$": {
          "$ref": "#/definitions/Component/properties/display_name"
        },
        "^dependsOn$": {
          "$ref": "#/definitions/Component/properties/depends_on"
        },
        "^servingWhenDegraded$": {
          "$ref": "#/definitions/Component/properties/serving_when_degraded"
        }
      },
      "additionalProperties": false,
      "allOf": [
        {
          "required": [
            "id"
          ]
        },
        {
          "oneOf": [
            {
              "required": [
                "http"
              ]
            },
            {
              "required": [
                "grpc"
              ]
            },
            {
              "required": [
                "tcp"
              ]
            },
            {
              "required": [
                "dns"
              ]
            },
            {
              "required": [
                "tls"
              ]
            },
            {
              "required": [
                "heartbeat"
              ]
            },
            {
              "required": [
                "openk"
              ]
            },
            {
              "required": [
                "group"
              ]
            },
            {
              "required": [
                "discovery"
              ]
            },
            {
              "required": [
                "promql"
              ]
            },
            {
              "required": [
                "feed"
              ]
            },
            {
              "required": [
                "consul"
              ]
            },
            {
              "required": [
                "websocket"
              ]
            },
            {
              "required": [
                "icmp"
              ]
            },
            {
              "required": [
                "alertmanager"
              ]
            }
          ]
        }
      ]
    },
    "ConsulDiscovery": {
      "description": "Services in the catalog of Consul, by blocking queries: a target for each instance.",
      "type": "object",
      "properties": {
        "server": {
          "description": "HOST:PORT, or a URL. Default: http://localhost:8500.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "token": {
          "description": "ACL token.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "services": {
          "description": "Names of services. Default: all but consul itself.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "type": [
              "string",
              "number",
              "boolean"
            ]
          },
          "maxItems": 1000
        },
        "tags": {
          "description": "Tags that a service must all have.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "type": [
              "string",
              "number",
              "boolean"
            ]
          },
          "maxItems": 20
        },
        "tls": {
          "description": "TLS options for https.",
          "anyOf": [
            {
              "$ref": "#/definitions/ClientTls"
            },
            {
              "type": "null"
            }
          ]
        },
        "datacenter": {
          "description": "Datacenter. Default: that of the server.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        }
      },
      "additionalProperties": false
    },
    "ConsulProbe": {
      "description": "Asks Consul how the instances of a service are. Each is a component ID.NODE.SERVICE_ID. HEALTHY while all pass, DEGRADED while some do, UNHEALTHY while none does, and UNKNOWN while there is none, or Consul does not answer. Instances in maintenance do not count.",
      "type": "object",
      "properties": {
        "server": {
          "description": "URL of Consul's HTTP API. Credentials in it are never shown.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "service": {
          "description": "Name of the service.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "tag": {
          "description": "A tag that instances must have to count. Default: none.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "datacenter": {
          "description": "The datacenter to ask. Default: that of the server.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "token": {
          "description": "An ACL token. Never shown.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "tls": {
          "description": "TLS options for https.",
          "anyOf": [
            {
              "$ref": "#/definitions/ClientTls"
            },
            {
              "type": "null"
            }
          ]
        },
        "ip_family": {
          "description": "Which of its addresses are tried. Default: all, those of IPv6 first.",
          "anyOf": [
            {
              "enum": [
                "IPV4",
                "IPV6",
                "PREFER_IPV4"
              ]
            },
            {
              "type": "string",
              "pattern": "^IP_FAMILY_(IPV4|IPV6|PREFER_IPV4)$|\\$\\{"
            },
            {
              "type": "null"
            }
          ]
        },
        "resolver": {
          "description": "The name server that is asked for its name, IP or IP:PORT; then neither the hosts file nor search domains count. Default: those of the system.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "proxy": {
          "description": "An HTTP proxy to go through, http://HOST:PORT: https by CONNECT, http in absolute form. Credentials in it are never shown. Default: none, whatever the environment says.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        }
      },
      "patternProperties": {
        "^ipFamily$": {
          "$ref": "#/definitions/ConsulProbe/properties/ip_family"
        }
      },
      "additionalProperties": false,
      "allOf": [
        {
          "required": [
            "server"
          ]
        },
        {
          "required": [
            "service"
          ]
        }
      ]
    },
    "Cors": {
      "description": "Which web pages of other origins may call the API.",
      "type": "object",
      "properties": {
        "allowed_origins": {
          "description": "Origins such as https://status.example.com; `*` allows every one. None by default: same origin only.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "type": [
              "string",
              "number",
              "boolean"
            ]
          }
        },
        "allowed_headers": {
          "description": "Headers that those pages may send beside the ones that the protocols need, such as Authorization, traceparent or Last-Event-ID.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "type": [
              "string",
              "number",
              "boolean"
            ]
          },
          "maxItems": 64
        },
        "allow_credentials": {
          "description": "Whether browsers send cookies and other credentials along.",
          "type": [
            "boolean",
            "string",
            "null"
          ],
          "pattern": "^(true|True|TRUE|false|False|FALSE)$|\\$\\{"
        },
        "max_age": {
          "description": "How long a browser need not ask again before it calls. Default: 2h, the longest that browsers take; 0s asks each time.",
          "type": [
            "string",
            "null"
          ],
          "pattern": "^(\\d+(\\.\\d+)?d)?(\\d+(\\.\\d+)?h)?(\\d+(\\.\\d+)?m(?!s))?(\\d+(\\.\\d+)?s)?(\\d+(\\.\\d+)?ms)?$|\\$\\{",
          "examples": [
            "500ms",
            "30s",
            "1h30m"
          ]
        }
      },
      "patternProperties": {
        "^allowedOrigins$": {
          "$ref": "#/definitions/Cors/properties/allowed_origins"
        },
        "^allowedHeaders$": {
          "$ref": "#/definitions/Cors/properties/allowed_headers"
        },
        "^allowCredentials$": {
          "$ref": "#/definitions/Cors/properties/allow_credentials"
        },
        "^maxAge$": {
          "$ref": "#/definitions/Cors/properties/max_age"
        }
      },
      "additionalProperties": false
    },
    "Defaults": {
      "description": "What components take where they do not say otherwise.",
      "type": "object",
      "properties": {
        "interval": {
          "description": "Time between two probe runs. Default: 30s.",
          "type": [
            "string",
            "null"
          ],
          "pattern": "^(\\d+(\\.\\d+)?d)?(\\d+(\\.\\d+)?h)?(\\d+(\\.\\d+)?m(?!s))?(\\d+(\\.\\d+)?s)?(\\d+(\\.\\d+)?ms)?$|\\$\\{",
          "examples": [
            "500ms",
            "30s",
            "1h30m"
          ]
        },
        "timeout": {
          "description": "Longest a probe run may take. Default: 5s.",
          "type": [
            "string",
            "null"
          ],
          "pattern": "^(\\d+(\\.\\d+)?d)?(\\d+(\\.\\d+)?h)?(\\d+(\\.\\d+)?m(?!s))?(\\d+(\\.\\d+)?s)?(\\d+(\\.\\d+)?ms)?$|\\$\\{",
          "examples": [
            "500ms",
            "30s",
            "1h30m"
          ]
        },
        "unhealthy_threshold": {
          "description": "Worse observations in a row that make a status worse. Default: 3.",
          "type": [
            "integer",
            "string",
            "null"
          ],
          "pattern": "^[-+]?\\d+$|\\$\\{",
          "minimum": 1,
          "maximum": 1000
        },
        "healthy_threshold": {
          "description": "Better observations in a row that make a status better. Default: 1.",
          "type": [
            "integer",
            "string",
            "null"
          ],
          "pattern": "^[-+]?\\d+$|\\$\\{",
          "minimum": 1,
          "maximum": 1000
        }
      },
      "patternProperties": {
        "^unhealthyThreshold$": {
          "$ref": "#/definitions/Defaults/properties/unhealthy_threshold"
        },
        "^healthyThreshold$": {
          "$ref": "#/definitions/Defaults/properties/healthy_threshold"
        }
      },
      "additionalProperties": false
    },
    "DiscordChannel": {
      "description": "Discord. Nobody is mentioned whatever a text says.",
      "type": "object",
      "properties": {
        "webhook_url": {
          "description": "Webhook of the channel.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        }
      },
      "patternProperties": {
        "^webhookUrl$": {
          "$ref": "#/definitions/DiscordChannel/properties/webhook_url"
        }
      },
      "additionalProperties": false,
      "allOf": [
        {
          "anyOf": [
            {
              "required": [
                "webhook_url"
              ]
            },
            {
              "required": [
                "webhookUrl"
              ]
            }
          ]
        }
      ]
    },
    "DiscoveryProbe": {
      "description": "How a source of components is, or something that the source itself knows the health of. OpenK adds one for each source: discovery.ID.",
      "type": "object",
      "properties": {
        "source": {
          "description": "Id of the source.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "target": {
          "description": "What the source calls it. Left out: the source itself.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        }
      },
      "additionalProperties": false,
      "allOf": [
        {
          "required": [
            "source"
          ]
        }
      ]
    },
    "DiscoverySource": {
      "description": "Where components come from that are not in the file. What a source gives are targets: an address, and labels. What a target becomes, the template says.",
      "type": "object",
      "properties": {
        "id": {
          "description": "Its name, that of the group of what it gives, and the beginning of the ids there: ID.TARGET.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "keep_for": {
          "description": "How long a target that its source does not name any more is watched on. Default: 5m.",
          "type": [
            "string",
            "null"
          ],
          "pattern": "^(\\d+(\\.\\d+)?d)?(\\d+(\\.\\d+)?h)?(\\d+(\\.\\d+)?m(?!s))?(\\d+(\\.\\d+)?s)?(\\d+(\\.\\d+)?ms)?$|\\$\\{",
          "examples": [
            "500ms",
            "30s",
            "1h30m"
          ]
        },
        "limit": {
          "description": "Most targets that are taken. What is over is left out, and discovery.ID is DEGRADED. Default: 1000.",
          "type": [
            "integer",
            "string",
            "null"
          ],
          "pattern": "^[-+]?\\d+$|\\$\\{",
          "minimum": 1,
          "maximum": 50000
        },
        "template": {
          "description": "What a target becomes. In texts, {{…}} is CEL over address, host, port, name and labels, such as http://{{address}}/healthz. Left out: by the labels __openk_probe, __openk_path and what is like them, else a tcp probe of the address.",
          "anyOf": [
            {
              "$ref": "#/definitions/Component"
            },
            {
              "type": "null"
            }
          ]
        },
        "keep": {
          "description": "CEL over the same: a target for which it is not true is passed over, for example labels.env == 'prod'. Default: all are taken.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "rule": {
          "description": "How the group of what it gives rolls up. Default: worst.",
          "anyOf": [
            {
              "$ref": "#/definitions/Rule"
            },
            {
              "type": "null"
            }
          ]
        },
        "display_name": {
          "description": "Name of the group for people. Default: its id.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "labels": {
          "description": "Labels of the group and of discovery.ID.",
          "type": [
            "object",
            "null"
          ],
          "additionalProperties": {
            "type": [
              "string",
              "number",
              "boolean"
            ]
          }
        },
        "file_sd": {
          "description": "Files.",
          "anyOf": [
            {
              "$ref": "#/definitions/FileDiscovery"
            },
            {
              "type": "null"
            }
          ]
        },
        "http_sd": {
          "description": "An HTTP server.",
          "anyOf": [
            {
              "$ref": "#/definitions/HttpDiscovery"
            },
            {
              "type": "null"
            }
          ]
        },
        "kubernetes": {
          "description": "A Kubernetes cluster.",
          "anyOf": [
            {
              "$ref": "#/definitions/KubernetesDiscovery"
            },
            {
              "type": "null"
            }
          ]
        },
        "dns_srv": {
          "description": "SRV records.",
          "anyOf": [
            {
              "$ref": "#/definitions/DnsDiscovery"
            },
            {
              "type": "null"
            }
          ]
        },
        "consul": {
          "description": "The catalog of Consul.",
          "anyOf": [
            {
              "$ref": "#/definitions/ConsulDiscovery"
            },
            {
              "type": "null"
            }
          ]
        },
        "docker": {
          "description": "Containers of Docker.",
          "anyOf": [
            {
              "$ref": "#/definitions/DockerDiscovery"
            },
            {
              "type": "null"
            }
          ]
        }
      },
      "patternProperties": {
        "^keepFor$": {
          "$ref": "#/definitions/DiscoverySource/properties/keep_for"
        },
        "^displayName$": {
          "$ref": "#/definitions/DiscoverySource/properties/display_name"
        },
        "^fileSd$": {
          "$ref": "#/definitions/DiscoverySource/properties/file_sd"
        },
        "^httpSd$": {
          "$ref": "#/definitions/DiscoverySource/properties/http_sd"
        },
        "^dnsSrv$": {
          "$ref": "#/definitions/DiscoverySource/properties/dns_srv"
        }
      },
      "additionalProperties": false,
      "allOf": [
        {
          "required": [
            "id"
          ]
        },
        {
          "oneOf": [
            {
              "anyOf": [
                {
                  "required": [
                    "file_sd"
                  ]
                },
                {
                  "required": [
                    "fileSd"
                  ]
                }
              ]
            },
            {
              "anyOf": [
                {
                  "required": [
                    "http_sd"
                  ]
                },
                {
                  "required": [
                    "httpSd"
                  ]
                }
              ]
            },
            {
              "required": [
                "kubernetes"
              ]
            },
            {
              "anyOf": [
                {
                  "required": [
                    "dns_srv"
                  ]
                },
                {
                  "required": [
                    "dnsSrv"
                  ]
                }
              ]
            },
            {
              "required": [
                "consul"
              ]
            },
            {
              "required": [
                "docker"
              ]
            }
          ]
        }
      ]
    },
    "DnsDiscovery": {
      "description": "SRV records of a name: a target for each host and port. No records mean that there are no targets; a name that does not exist, or that nobody answers for, keeps what was there.",
      "type": "object",
      "properties": {
        "name": {
          "description": "The name, such as _http._tcp.shop.example.com.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "resolver": {
          "description": "The name server to ask, IP or IP:PORT. Default: those of the system.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "refresh_interval": {
          "description": "How often it is asked. Default: 30s.",
          "type": [
            "string",
            "null"
          ],
          "pattern": "^(\\d+(\\.\\d+)?d)?(\\d+(\\.\\d+)?h)?(\\d+(\\.\\d+)?m(?!s))?(\\d+(\\.\\d+)?s)?(\\d+(\\.\\d+)?ms)?$|\\$\\{",
          "examples": [
            "500ms",
            "30s",
            "1h30m"
          ]
        }
      },
      "patternProperties": {
        "^refreshInterval$": {
          "$ref": "#/definitions/DnsDiscovery/properties/refresh_interval"
        }
      },
      "additionalProperties": false,
      "allOf": [
        {
          "required": [
            "name"
          ]
        }
      ]
    },
    "DnsProbe": {
      "description": "Resolves a name. HEALTHY when there is an answer, and it is as expected.",
      "type": "object",
      "properties": {
        "name": {
          "description": "The name to resolve; for PTR also an IP address.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "type": {
          "description": "The kind of record. Default: A.",
          "anyOf": [
            {
              "enum": [
                "A",
                "AAAA",
                "CNAME",
                "MX",
                "NS",
                "TXT",
                "SRV",
                "PTR",
                "CAA",
                "SOA"
              ]
            },
            {
              "type": "string",
              "pattern": "^TYPE_(A|AAAA|CNAME|MX|NS|TXT|SRV|PTR|CAA|SOA)$|\\$\\{"
            },
            {
              "type": "null"
            }
          ]
        },
        "resolver": {
          "description": "The name server to ask, IP or IP:PORT. Default: those of the system.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "expect": {
          "description": "Answers that must all be among those that come.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "type": [
              "string",
              "number",
              "boolean"
            ]
          }
        },
        "rcode": {
          "description": "How it must answer: NXDOMAIN is HEALTHY while the name does not exist. Default: NOERROR.",
          "anyOf": [
            {
              "enum": [
                "NOERROR",
                "FORMERR",
                "SERVFAIL",
                "NXDOMAIN",
                "NOTIMP",
                "REFUSED"
              ]
            },
            {
              "type": "string",
              "pattern": "^RCODE_(NOERROR|FORMERR|SERVFAIL|NXDOMAIN|NOTIMP|REFUSED)$|\\$\\{"
            },
            {
              "type": "null"
            }
          ]
        }
      },
      "additionalProperties": false,
      "allOf": [
        {
          "required": [
            "name"
          ]
        }
      ]
    },
    "DockerDiscovery": {
      "description": "Containers of Docker that have a label openk.…: openk.probe, openk.port, openk.path and what is like them.",
      "type": "object",
      "properties": {
        "host": {
          "description": "unix:///PATH, or an http:// URL. Default: unix:///var/run/docker.sock.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "refresh_interval": {
          "description": "How often it is asked. Default: 15s.",
          "type": [
            "string",
            "null"
          ],
          "pattern": "^(\\d+(\\.\\d+)?d)?(\\d+(\\.\\d+)?h)?(\\d+(\\.\\d+)?m(?!s))?(\\d+(\\.\\d+)?s)?(\\d+(\\.\\d+)?ms)?$|\\$\\{",
          "examples": [
            "500ms",
            "30s",
            "1h30m"
          ]
        },
        "network": {
          "description": "Network whose address is taken, where a container is in several. Default: the first, by name.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        }
      },
      "patternProperties": {
        "^refreshInterval$": {
          "$ref": "#/definitions/DockerDiscovery/properties/refresh_interval"
        }
      },
      "additionalProperties": false
    },
    "EmailChannel": {
      "description": "E-mail. All mails about an alert have one subject, without its status, and are one conversation.",
      "type": "object",
      "properties": {
        "smtp": {
          "description": "Server, HOST:PORT.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "security": {
          "description": "How the connection is protected. Default: TLS on port 465, else STARTTLS.",
          "anyOf": [
            {
              "enum": [
                "TLS",
                "STARTTLS",
                "NONE"
              ]
            },
            {
              "type": "string",
              "pattern": "^SECURITY_(TLS|STARTTLS|NONE)$|\\$\\{"
            },
            {
              "type": "null"
            }
          ]
        },
        "username": {
          "description": "User that logs in. Left out: nobody does.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "password": {
          "description": "Password of the user.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "from": {
          "description": "Sender, such as OpenK <openk@example.com>.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "to": {
          "description": "Receivers.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "type": [
              "string",
              "number",
              "boolean"
            ]
          },
          "minItems": 1,
          "maxItems": 100
        },
        "ca_file": {
          "description": "PEM file with the authorities that its certificate must come from. Relative to the configuration file. Default: those of Node.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        }
      },
      "patternProperties": {
        "^caFile$": {
          "$ref": "#/definitions/EmailChannel/properties/ca_file"
        }
      },
      "additionalProperties": false,
      "allOf": [
        {
          "required": [
            "smtp"
          ]
        },
        {
          "required": [
            "from"
          ]
        }
      ]
    },
    "Escalation": {
      "description": "Who is sent an alert later.",
      "type": "object",
      "properties": {
        "after": {
          "description": "How long after it was opened.",
          "type": [
            "string",
            "null"
          ],
          "pattern": "^(\\d+(\\.\\d+)?d)?(\\d+(\\.\\d+)?h)?(\\d+(\\.\\d+)?m(?!s))?(\\d+(\\.\\d+)?s)?(\\d+(\\.\\d+)?ms)?$|\\$\\{",
          "examples": [
            "500ms",
            "30s",
            "1h30m"
          ]
        },
        "unless": {
          "description": "What keeps it from being sent. Default: ACKNOWLEDGED.",
          "anyOf": [
            {
              "enum": [
                "ACKNOWLEDGED",
                "RESOLVED"
              ]
            },
            {
              "type": "string",
              "pattern": "^UNLESS_(ACKNOWLEDGED|RESOLVED)$|\\$\\{"
            },
            {
              "type": "null"
            }
          ]
        },
        "to": {
          "description": "Ids of the channels.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "type": [
              "string",
              "number",
              "boolean"
            ]
          },
          "minItems": 1,
          "maxItems": 100
        }
      },
      "additionalProperties": false,
      "allOf": [
        {
          "required": [
            "after"
          ]
        }
      ]
    },
    "FeedProbe": {
      "description": "Reads the status page of somebody else, or OpenK's own: the worst of what it says of the page, of components and of incidents counts. Each component there is a component ID.NAME. Words that are not known are UNKNOWN, and so is all of it while the page cannot be read. Looks once a minute, unless interval says otherwise.",
      "type": "object",
      "properties": {
        "url": {
          "description": "Where the document is; of a host alone the place that the format has. Credentials in it are never shown.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "format": {
          "description": "What it speaks. Default: AUTO.",
          "anyOf": [
            {
              "enum": [
                "AUTO",
                "STATUSPAGE",
                "INSTATUS",
                "SLACK",
                "GCP"
              ]
            },
            {
              "type": "string",
              "pattern": "^FORMAT_(AUTO|STATUSPAGE|INSTATUS|SLACK|GCP)$|\\$\\{"
            },
            {
              "type": "null"
            }
          ]
        },
        "component": {
          "description": "Name or id of a component of the page, or of a group of them, that alone counts, with the incidents that name it. Default: all.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "tls": {
          "description": "TLS options for https.",
          "anyOf": [
            {
              "$ref": "#/definitions/ClientTls"
            },
            {
              "type": "null"
            }
          ]
        },
        "ip_family": {
          "description": "Which of its addresses are tried. Default: all, those of IPv6 first.",
          "anyOf": [
            {
              "enum": [
                "IPV4",
                "IPV6",
                "PREFER_IPV4"
              ]
            },
            {
              "type": "string",
              "pattern": "^IP_FAMILY_(IPV4|IPV6|PREFER_IPV4)$|\\$\\{"
            },
            {
              "type": "null"
            }
          ]
        },
        "resolver": {
          "description": "The name server that is asked for its name, IP or IP:PORT; then neither the hosts file nor search domains count. Default: those of the system.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "proxy": {
          "description": "An HTTP proxy to go through, http://HOST:PORT: https by CONNECT, http in absolute form. Credentials in it are never shown. Default: none, whatever the environment says.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        }
      },
      "patternProperties": {
        "^ipFamily$": {
          "$ref": "#/definitions/FeedProbe/properties/ip_family"
        }
      },
      "additionalProperties": false,
      "allOf": [
        {
          "required": [
            "url"
          ]
        }
      ]
    },
    "FileDiscovery": {
      "description": "Files with lists of targets as Prometheus takes them: [{targets: [text], labels: {name: text}}], as JSON or YAML. A file that cannot be read keeps what it gave.",
      "type": "object",
      "properties": {
        "files": {
          "description": "Paths, relative to the configuration file; the last part may have * and ?. They end in .json, .yml or .yaml.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "type": [
              "string",
              "number",
              "boolean"
            ]
          },
          "minItems": 1,
          "maxItems": 100
        },
        "refresh_interval": {
          "description": "How often they are looked at. Default: 5s.",
          "type": [
            "string",
            "null"
          ],
          "pattern": "^(\\d+(\\.\\d+)?d)?(\\d+(\\.\\d+)?h)?(\\d+(\\.\\d+)?m(?!s))?(\\d+(\\.\\d+)?s)?(\\d+(\\.\\d+)?ms)?$|\\$\\{",
          "examples": [
            "500ms",
            "30s",
            "1h30m"
          ]
        }
      },
      "patternProperties": {
        "^refreshInterval$": {
          "$ref": "#/definitions/FileDiscovery/properties/refresh_interval"
        }
      },
      "additionalProperties": false
    },
    "Group": {
      "description": "Rolls up other components. Every member counts but those of impact IGNORED, which are shown only. A member in MAINTENANCE is left out of the rule while it is. All members that count are in MAINTENANCE: the group is too. No member counts: it is UNKNOWN, whatever the ignored ones are. Members that are UNKNOWN make the group UNKNOWN only where its status depends on how they really are.",
      "type": "object",
      "properties": {
        "rule": {
          "description": "How. Default: worst.",
          "anyOf": [
            {
              "$ref": "#/definitions/Rule"
            },
            {
              "type": "null"
            }
          ]
        },
        "members": {
          "description": "What.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "$ref": "#/definitions/Member"
          },
          "minItems": 1
        }
      },
      "additionalProperties": false
    },
    "GrpcProbe": {
      "description": "Asks a gRPC server by grpc.health.v1. HEALTHY on SERVING.",
      "type": "object",
      "properties": {
        "target": {
          "description": "Where: HOST:PORT. The host is a name, also one with underscores or of another alphabet, an IPv4 address, or an IPv6 address in brackets.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "service": {
          "description": "Service name to ask for; \"*\": the server and every service that it lists, each of which is a component ID.SERVICE. Default: empty, the server as a whole.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "tls": {
          "description": "TLS options. Left out: cleartext.",
          "anyOf": [
            {
              "$ref": "#/definitions/ClientTls"
            },
            {
              "type": "null"
            }
          ]
        },
        "metadata": {
          "description": "Request metadata. Its values are never shown.",
          "type": [
            "object",
            "null"
          ],
          "additionalProperties": {
            "type": [
              "string",
              "number",
              "boolean"
            ]
          }
        },
        "mode": {
          "description": "How to ask. Default: CHECK.",
          "anyOf": [
            {
              "enum": [
                "CHECK",
                "WATCH"
              ]
            },
            {
              "type": "string",
              "pattern": "^MODE_(CHECK|WATCH)$|\\$\\{"
            },
            {
              "type": "null"
            }
          ]
        },
        "keep_alive": {
          "description": "Whether a CHECK may use the connection of the run before, so that DNS, connect and TLS are not looked at each time. A WATCH takes a new one. Default: false.",
          "type": [
            "boolean",
            "string",
            "null"
          ],
          "pattern": "^(true|True|TRUE|false|False|FALSE)$|\\$\\{"
        },
        "ip_family": {
          "description": "Which of its addresses are tried. Default: all, those of IPv6 first.",
          "anyOf": [
            {
              "enum": [
                "IPV4",
                "IPV6",
                "PREFER_IPV4"
              ]
            },
            {
              "type": "string",
              "pattern": "^IP_FAMILY_(IPV4|IPV6|PREFER_IPV4)$|\\$\\{"
            },
            {
              "type": "null"
            }
          ]
        },
        "resolver": {
          "description": "The name server that is asked for its name, IP or IP:PORT; then neither the hosts file nor search domains count. Default: those of the system.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "proxy": {
          "description": "An HTTP proxy to go through, http://HOST:PORT: by CONNECT. Credentials in it are never shown. Default: none, whatever the environment says.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        }
      },
      "patternProperties": {
        "^keepAlive$": {
          "$ref": "#/definitions/GrpcProbe/properties/keep_alive"
        },
        "^ipFamily$": {
          "$ref": "#/definitions/GrpcProbe/properties/ip_family"
        }
      },
      "additionalProperties": false,
      "allOf": [
        {
          "required": [
            "target"
          ]
        }
      ]
    },
    "HeartbeatProbe": {
      "description": "Waits for reports (ReportHealth), each within a period after the one before, or each after a time of a calendar: exactly one of period and cron. UNKNOWN until the first; UNHEALTHY once one is late, the first too: period and grace, or the next time of cron and grace, after it was first configured, whatever restarts there were. One that was due while nobody listened is UNKNOWN, with a whole period, or until the next time of cron, and grace to report.",
      "type": "object",
      "properties": {
        "period": {
          "description": "Time between two reports.",
          "type": [
            "string",
            "null"
          ],
          "pattern": "^(\\d+(\\.\\d+)?d)?(\\d+(\\.\\d+)?h)?(\\d+(\\.\\d+)?m(?!s))?(\\d+(\\.\\d+)?s)?(\\d+(\\.\\d+)?ms)?$|\\$\\{",
          "examples": [
            "500ms",
            "30s",
            "1h30m"
          ]
        },
        "grace": {
          "description": "How much later than it is due a report may come. With cron it is required. Default: 0s.",
          "type": [
            "string",
            "null"
          ],
          "pattern": "^(\\d+(\\.\\d+)?d)?(\\d+(\\.\\d+)?h)?(\\d+(\\.\\d+)?m(?!s))?(\\d+(\\.\\d+)?s)?(\\d+(\\.\\d+)?ms)?$|\\$\\{",
          "examples": [
            "500ms",
            "30s",
            "1h30m"
          ]
        },
        "cron": {
          "description": "When a report is due, again and again: minute hour day month weekday. A report counts until the next such time after it, and grace.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "timezone": {
          "description": "Time zone of cron, for example Europe/Berlin. Default: UTC.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "ping_token": {
          "description": "A secret by which anybody may report this component, and nothing else: as `Authorization: Bearer TOKEN`, or by /ping/TOKEN. At least 16 letters, digits, '-' or '_'.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "max_run": {
          "description": "How long a run may take from its start (`/ping/TOKEN/start`) to its end: then it is UNHEALTHY. Default: grace, or without one no limit.",
          "type": [
            "string",
            "null"
          ],
          "pattern": "^(\\d+(\\.\\d+)?d)?(\\d+(\\.\\d+)?h)?(\\d+(\\.\\d+)?m(?!s))?(\\d+(\\.\\d+)?s)?(\\d+(\\.\\d+)?ms)?$|\\$\\{",
          "examples": [
            "500ms",
            "30s",
            "1h30m"
          ]
        }
      },
      "patternProperties": {
        "^pingToken$": {
          "$ref": "#/definitions/HeartbeatProbe/properties/ping_token"
        },
        "^maxRun$": {
          "$ref": "#/definitions/HeartbeatProbe/properties/max_run"
        }
      },
      "additionalProperties": false
    },
    "HttpDiscovery": {
      "description": "An HTTP server that answers with a list of targets as Prometheus takes it. An answer without targets means that there are none; whatever else is wrong keeps what it gave.",
      "type": "object",
      "properties": {
        "url": {
          "description": "Where: http or https. Credentials in it are sent as Basic, and never shown.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "refresh_interval": {
          "description": "How often it is asked. Default: 60s.",
          "type": [
            "string",
            "null"
          ],
          "pattern": "^(\\d+(\\.\\d+)?d)?(\\d+(\\.\\d+)?h)?(\\d+(\\.\\d+)?m(?!s))?(\\d+(\\.\\d+)?s)?(\\d+(\\.\\d+)?ms)?$|\\$\\{",
          "examples": [
            "500ms",
            "30s",
            "1h30m"
          ]
        },
        "headers": {
          "description": "Request headers, such as Authorization. Their values are never shown.",
          "type": [
            "object",
            "null"
          ],
          "additionalProperties": {
            "type": [
              "string",
              "number",
              "boolean"
            ]
          }
        },
        "tls": {
          "description": "TLS options for https.",
          "anyOf": [
            {
              "$ref": "#/definitions/ClientTls"
            },
            {
              "type": "null"
            }
          ]
        }
      },
      "patternProperties": {
        "^refreshInterval$": {
          "$ref": "#/definitions/HttpDiscovery/properties/refresh_interval"
        }
      },
      "additionalProperties": false,
      "allOf": [
        {
          "required": [
            "url"
          ]
        }
      ]
    },
    "HttpProbe": {
      "description": "Asks an HTTP server. HEALTHY when the answer is as expected within the timeout.",
      "type": "object",
      "properties": {
        "url": {
          "description": "Where: http or https. Credentials in it are never shown.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "method": {
          "description": "Request method. Default: GET.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "headers": {
          "description": "Request headers. Their values are never shown.",
          "type": [
            "object",
            "null"
          ],
          "additionalProperties": {
            "type": [
              "string",
              "number",
              "boolean"
            ]
          }
        },
        "body": {
          "description": "Request body. Never shown.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "expected_status": {
          "description": "Statuses that are as expected: single ones (\"204\") or ranges (\"200-299\"). Default: 200-299.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "type": [
              "string",
              "number",
              "boolean"
            ]
          }
        },
        "expect": {
          "description": "CEL expressions over status, headers, body, json, latency_ms, certificate_expires_in and the phases of the run that must all be true, for example json.state == \"up\".",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "type": [
              "string",
              "number",
              "boolean"
            ],
            "minLength": 1
          }
        },
        "tls": {
          "description": "TLS options for https.",
          "anyOf": [
            {
              "$ref": "#/definitions/ClientTls"
            },
            {
              "type": "null"
            }
          ]
        },
        "follow_redirects": {
          "description": "Redirects to follow, at most 20. Default: 0, the redirect itself is the answer.",
          "type": [
            "integer",
            "string",
            "null"
          ],
          "pattern": "^[-+]?\\d+$|\\$\\{",
          "maximum": 20
        },
        "degraded_above": {
          "description": "Latency above which an expected answer is DEGRADED.",
          "type": [
            "string",
            "null"
          ],
          "pattern": "^(\\d+(\\.\\d+)?d)?(\\d+(\\.\\d+)?h)?(\\d+(\\.\\d+)?m(?!s))?(\\d+(\\.\\d+)?s)?(\\d+(\\.\\d+)?ms)?$|\\$\\{",
          "examples": [
            "500ms",
            "30s",
            "1h30m"
          ]
        },
        "keep_alive": {
          "description": "Whether a run may use the connection of the run before, so that DNS, connect and TLS are not looked at each time. Default: false.",
          "type": [
            "boolean",
            "string",
            "null"
          ],
          "pattern": "^(true|True|TRUE|false|False|FALSE)$|\\$\\{"
        },
        "max_body": {
          "description": "How much of a body is read, in bytes, after decoding. An expression over a body that was cut has no value. Default: 1048576 (1 MiB).",
          "type": [
            "integer",
            "string",
            "null"
          ],
          "pattern": "^[-+]?\\d+$|\\$\\{",
          "minimum": 1,
          "maximum": 67108864
        },
        "max_headers": {
          "description": "Largest header section of an answer, in bytes. Default: 65536 (64 KiB).",
          "type": [
            "integer",
            "string",
            "null"
          ],
          "pattern": "^[-+]?\\d+$|\\$\\{",
          "minimum": 1024,
          "maximum": 1048576
        },
        "show_body": {
          "description": "Whether the reason of a failure may show the first bytes of the body. Default: false.",
          "type": [
            "boolean",
            "string",
            "null"
          ],
          "pattern": "^(true|True|TRUE|false|False|FALSE)$|\\$\\{"
        },
        "health_body": {
          "description": "Reads what the body says of health: the worst of the status, the total and the parts of the body counts. Default: not read.",
          "anyOf": [
            {
              "enum": [
                "AUTO",
                "SPRING",
                "HEALTH_JSON",
                "ASPNET",
                "TERMINUS",
                "MICROPROFILE",
                "RESULTS",
                "FAILURES",
                "FLAT",
                "TEXT",
                "OPENMETRICS"
              ]
            },
            {
              "type": "string",
              "pattern": "^HEALTH_BODY_(AUTO|SPRING|HEALTH_JSON|ASPNET|TERMINUS|MICROPROFILE|RESULTS|FAILURES|FLAT|TEXT|OPENMETRICS)$|\\$\\{"
            },
            {
              "type": "null"
            }
          ]
        },
        "ip_family": {
          "description": "Which of its addresses are tried. Default: all, those of IPv6 first.",
          "anyOf": [
            {
              "enum": [
                "IPV4",
                "IPV6",
                "PREFER_IPV4"
              ]
            },
            {
              "type": "string",
              "pattern": "^IP_FAMILY_(IPV4|IPV6|PREFER_IPV4)$|\\$\\{"
            },
            {
              "type": "null"
            }
          ]
        },
        "resolver": {
          "description": "The name server that is asked for its name, IP or IP:PORT; then neither the hosts file nor search domains count. Default: those of the system.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "proxy": {
          "description": "An HTTP proxy to go through, http://HOST:PORT: https by CONNECT, http in absolute form. Credentials in it are never shown. Default: none, whatever the environment says.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "oauth2": {
          "description": "Gets an access token and sends it as `Authorization: Bearer TOKEN`, to the target and not to where it redirects.",
          "anyOf": [
            {
              "$ref": "#/definitions/OAuth2"
            },
            {
              "type": "null"
            }
          ]
        }
      },
      "patternProperties": {
        "^expectedStatus$": {
          "$ref": "#/definitions/HttpProbe/properties/expected_status"
        },
        "^followRedirects$": {
          "$ref": "#/definitions/HttpProbe/properties/follow_redirects"
        },
        "^degradedAbove$": {
          "$ref": "#/definitions/HttpProbe/properties/degraded_above"
        },
        "^keepAlive$": {
          "$ref": "#/definitions/HttpProbe/properties/keep_alive"
        },
        "^maxBody$": {
          "$ref": "#/definitions/HttpProbe/properties/max_body"
        },
        "^maxHeaders$": {
          "$ref": "#/definitions/HttpProbe/properties/max_headers"
        },
        "^showBody$": {
          "$ref": "#/definitions/HttpProbe/properties/show_body"
        },
        "^healthBody$": {
          "$ref": "#/definitions/HttpProbe/properties/health_body"
        },
        "^ipFamily$": {
          "$ref": "#/definitions/HttpProbe/properties/ip_family"
        }
      },
      "additionalProperties": false,
      "allOf": [
        {
          "required": [
            "url"
          ]
        }
      ]
    },
    "IcmpProbe": {
      "description": "Sends one ICMP echo request, a ping. HEALTHY when it is answered; the latency is the round trip. The program ping does it, which has to be there and to be allowed to: docs/probes.md.",
      "type": "object",
      "properties": {
        "target": {
          "description": "A host name or an IP address, without a port.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "ip_family": {
          "description": "Which of its addresses are asked: the first of them that this machine has a way to. Default: all, those of IPv6 first.",
          "anyOf": [
            {
              "enum": [
                "IPV4",
                "IPV6",
                "PREFER_IPV4"
              ]
            },
            {
              "type": "string",
              "pattern": "^IP_FAMILY_(IPV4|IPV6|PREFER_IPV4)$|\\$\\{"
            },
            {
              "type": "null"
            }
          ]
        },
        "resolver": {
          "description": "The name server that is asked for its name, IP or IP:PORT; then neither the hosts file nor search domains count. Default: those of the system.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        }
      },
      "patternProperties": {
        "^ipFamily$": {
          "$ref": "#/definitions/IcmpProbe/properties/ip_family"
        }
      },
      "additionalProperties": false,
      "allOf": [
        {
          "required": [
            "target"
          ]
        }
      ]
    },
    "Instance": {
      "description": "What this instance is among several on one database, and to agents.",
      "type": "object",
      "properties": {
        "id": {
          "description": "Its name, which no other instance and no agent has. Default: the host name and a random part.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "place": {
          "description": "Name of the place where all instances are: what vantage.from says to be probed from there, they probe themselves. Default: it has none.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "advertise": {
          "description": "URL that the other instances reach this one at, such as https://${POD_IP}:8080. With it, instances on one database share the probes. Default: the one that decides runs them all.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "tls": {
          "description": "TLS towards the other instances. Default: their certificates are verified by the authorities of the system.",
          "anyOf": [
            {
              "$ref": "#/definitions/ClientTls"
            },
            {
              "type": "null"
            }
          ]
        }
      },
      "additionalProperties": false
    },
    "Jwt": {
      "description": "Access tokens of an identity provider (JWT). The first role whose condition holds counts; without one a token is good for nothing.",
      "type": "object",
      "properties": {
        "issuer": {
          "description": "Who issues them, as their claim `iss` says it, to the letter.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "audience": {
          "description": "Whom they must be for, by their claim `aud`.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "algorithms": {
          "description": "What they may be signed with. Default: RS256, PS256, ES256, ES384, EdDSA.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "type": [
              "string",
              "number",
              "boolean"
            ]
          }
        },
        "jwks_uri": {
          "description": "Where its public keys are. Default: what ISSUER/.well-known/openid-configuration says.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "clock_skew": {
          "description": "How far the clocks of the issuer and of OpenK may differ. Default: 60s.",
          "type": [
            "string",
            "null"
          ],
          "pattern": "^(\\d+(\\.\\d+)?d)?(\\d+(\\.\\d+)?h)?(\\d+(\\.\\d+)?m(?!s))?(\\d+(\\.\\d+)?s)?(\\d+(\\.\\d+)?ms)?$|\\$\\{",
          "examples": [
            "500ms",
            "30s",
            "1h30m"
          ]
        },
        "roles": {
          "description": "What they allow.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "$ref": "#/definitions/Role"
          },
          "minItems": 1,
          "maxItems": 1000
        }
      },
      "patternProperties": {
        "^jwksUri$": {
          "$ref": "#/definitions/Jwt/properties/jwks_uri"
        },
        "^clockSkew$": {
          "$ref": "#/definitions/Jwt/properties/clock_skew"
        }
      },
      "additionalProperties": false,
      "allOf": [
        {
          "required": [
            "issuer"
          ]
        },
        {
          "required": [
            "audience"
          ]
        }
      ]
    },
    "KubernetesDiscovery": {
      "description": "A Kubernetes cluster, by list and watch. How something wants to be looked at, its annotations openk.dev/probe, openk.dev/path and what is like them say: docs/discovery.md.",
      "type": "object",
      "properties": {
        "api_server": {
          "description": "URL of the API server.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "kubeconfig_file": {
          "description": "A kubeconfig, of which the current context counts. Programs that make credentials are not run.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "token": {
          "description": "Bearer token for api_server.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "token_file": {
          "description": "File with the token, read again for each request, since it is renewed.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "tls": {
          "description": "TLS options for api_server.",
          "anyOf": [
            {
              "$ref": "#/definitions/ClientTls"
            },
            {
              "type": "null"
            }
          ]
        },
        "namespaces": {
          "description": "Namespaces. Default: all.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "type": [
              "string",
              "number",
              "boolean"
            ]
          },
          "maxItems": 100
        },
        "selector": {
          "description": "Label selector, such as team=shop,tier!=test.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "from": {
          "description": "What is watched.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "anyOf": [
              {
                "enum": [
                  "HTTP_ROUTE",
                  "INGRESS",
                  "SERVICE",
                  "ENDPOINT_SLICE"
                ]
              },
              {
                "type": "string",
                "pattern": "^RESOURCE_(HTTP_ROUTE|INGRESS|SERVICE|ENDPOINT_SLICE)$|\\$\\{"
              }
            ]
          },
          "minItems": 1
        }
      },
      "patternProperties": {
        "^apiServer$": {
          "$ref": "#/definitions/KubernetesDiscovery/properties/api_server"
        },
        "^kubeconfigFile$": {
          "$ref": "#/definitions/KubernetesDiscovery/properties/kubeconfig_file"
        },
        "^tokenFile$": {
          "$ref": "#/definitions/KubernetesDiscovery/properties/token_file"
        }
      },
      "additionalProperties": false
    },
    "Limits": {
      "description": "Bounds on what the server and the probes take.",
      "type": "object",
      "properties": {
        "probes_in_flight": {
          "description": "Probe runs at the same time; those that take longer than 250ms have half of these places. Default: 512.",
          "type": [
            "integer",
            "string",
            "null"
          ],
          "pattern": "^[-+]?\\d+$|\\$\\{",
          "minimum": 1,
          "maximum": 100000
        },
        "probes_in_flight_per_host": {
          "description": "Probe runs at the same time against one target host. Those that take longer than 250ms do not count here, and may be eight times as many. Default: 32.",
          "type": [
            "integer",
            "string",
            "null"
          ],
          "pattern": "^[-+]?\\d+$|\\$\\{",
          "minimum": 1,
          "maximum": 100000
        },
        "request_bytes": {
          "description": "Largest request message, in bytes. Default: 1048576 (1 MiB).",
          "type": [
            "integer",
            "string",
            "null"
          ],
          "pattern": "^[-+]?\\d+$|\\$\\{",
          "minimum": 1024,
          "maximum": 67108864
        },
        "streams_per_connection": {
          "description": "Streams at the same time over one HTTP/2 connection. Default: 1000.",
          "type": [
            "integer",
            "string",
            "null"
          ],
          "pattern": "^[-+]?\\d+$|\\$\\{",
          "minimum": 1,
          "maximum": 100000
        },
        "grpc_health_list": {
          "description": "Components that grpc.health.v1 List answers at the most. Default: 100.",
          "type": [
            "integer",
            "string",
            "null"
          ],
          "pattern": "^[-+]?\\d+$|\\$\\{",
          "minimum": 1,
          "maximum": 1000000
        },
        "connections": {
          "description": "Open connections of clients; above it the one that has been idle the longest is closed, or the new one where none is idle. Never more than half of the descriptors that the process may have. Default: 20000, some 400 MB of memory, or as many as there are descriptors for.",
          "type": [
            "integer",
            "string",
            "null"
          ],
          "pattern": "^[-+]?\\d+$|\\$\\{",
          "minimum": 1,
          "maximum": 1000000
        },
        "write_timeout": {
          "description": "How long a client may take to read what is waiting for it before its connection is closed. Default: 10s.",
          "type": [
            "string",
            "null"
          ],
          "pattern": "^(\\d+(\\.\\d+)?d)?(\\d+(\\.\\d+)?h)?(\\d+(\\.\\d+)?m(?!s))?(\\d+(\\.\\d+)?s)?(\\d+(\\.\\d+)?ms)?$|\\$\\{",
          "examples": [
            "500ms",
            "30s",
            "1h30m"
          ]
        },
        "unread_bytes_per_connection": {
          "description": "Bytes of answers that one connection may leave unread before it is closed. Default: 16777216 (16 MiB).",
          "type": [
            "integer",
            "string",
            "null"
          ],
          "pattern": "^[-+]?\\d+$|\\$\\{",
          "minimum": 65536,
          "maximum": 1073741824
        },
        "unread_bytes": {
          "description": "Bytes of answers that all connections together may leave unread; above it those that leave the most are closed. Default: 67108864 (64 MiB).",
          "type": [
            "integer",
            "string",
            "null"
          ],
          "pattern": "^[-+]?\\d+$|\\$\\{",
          "minimum": 1048576,
          "maximum": 4294967295
        },
        "reports_per_second": {
          "description": "Reports about one component per second, with bursts of ten seconds' worth. Default: 10.",
          "type": [
            "number",
            "string",
            "null"
          ],
          "pattern": "^[-+]?(\\d|\\.)|\\$\\{",
          "exclusiveMinimum": 0,
          "maximum": 100000
        },
        "reports_per_second_per_client": {
          "description": "Reports from one client address per second, with bursts of ten seconds' worth. Default: 100.",
          "type": [
            "number",
            "string",
            "null"
          ],
          "pattern": "^[-+]?(\\d|\\.)|\\$\\{",
          "exclusiveMinimum": 0,
          "maximum": 1000000
        },
        "max_removed_share": {
          "description": "Share of the components that a reload may take away; one that takes more is refused as a fault. The share of the running configuration holds, since a file that was cut may have lost its own. Default: 1, all of them.",
          "type": [
            "number",
            "string",
            "null"
          ],
          "pattern": "^[-+]?(\\d|\\.)|\\$\\{",
          "minimum": 0,
          "maximum": 1
        },
        "pipelined_requests": {
          "description": "Requests of HTTP/1.1 that one connection may send before it has the answers of those before them; with more it is closed. Default: 64, above what load generators do; nobody else does it at all.",
          "type": [
            "integer",
            "string",
            "null"
          ],
          "pattern": "^[-+]?\\d+$|\\$\\{",
          "minimum": 1,
          "maximum": 10000
        },
        "rapid_resets": {
          "description": "Requests of HTTP/2 that one connection may take back in one flight with them, in half a second; with more it is ended (CVE-2023-44487). Default: 100: a client that waits for an answer at all takes nothing back so early.",
          "type": [
            "integer",
            "string",
            "null"
          ],
          "pattern": "^[-+]?\\d+$|\\$\\{",
          "minimum": 1,
          "maximum": 100000
        },
        "held_bytes_per_connection": {
          "description": "Bytes of answers that one HTTP/2 connection may leave unread before its further requests wait. Default: 1048576 (1 MiB), a few large answers: who reads is never held up by it, and who does not costs no more.",
          "type": [
            "integer",
            "string",
            "null"
          ],
          "pattern": "^[-+]?\\d+$|\\$\\{",
          "minimum": 1024,
          "maximum": 1073741824
        },
        "pages_per_connection": {
          "description": "Pages (/metrics, /docs and all else that is no call) that one HTTP/2 connection is answered at the same time; further ones wait. Default: 8, more than a browser asks for at once: each may be megabytes, and a thousand of them are one client's.",
          "type": [
            "integer",
            "string",
            "null"
          ],
          "pattern": "^[-+]?\\d+$|\\$\\{",
          "minimum": 1,
          "maximum": 10000
        },
        "pending_connections": {
          "description": "Open connections that have not shown yet which HTTP they speak, TLS handshakes among them; above it the oldest is closed. Default: 1024, as many clients as may come in one moment; who connects and says nothing takes no more of limits.connections.",
          "type": [
            "integer",
            "string",
            "null"
          ],
          "pattern": "^[-+]?\\d+$|\\$\\{",
          "minimum": 1,
          "maximum": 1000000
        },
        "calls_per_second_per_client": {
          "description": "Calls from one client address per second, by any protocol, and pages with them, with bursts of ten seconds' worth; of IPv6 the /64 counts. More are RESOURCE_EXHAUSTED (429) and say when to come again. /livez, /readyz and grpc.health.v1 of OpenK itself are never counted. 0 is no limit. Default: 0, since behind a proxy that is not in server.trusted_proxies all callers are one address.",
          "type": [
            "number",
            "string",
            "null"
          ],
          "pattern": "^[-+]?(\\d|\\.)|\\$\\{",
          "minimum": 0,
          "maximum": 1000000
        },
        "calls_per_second_per_principal": {
          "description": "The same of one principal of auth, whatever addresses it calls from. Callers without a credential are counted by their address alone. 0 is no limit. Default: 0.",
          "type": [
            "number",
            "string",
            "null"
          ],
          "pattern": "^[-+]?(\\d|\\.)|\\$\\{",
          "minimum": 0,
          "maximum": 1000000
        },
        "connection_age": {
          "description": "How long a connection is used, give or take a tenth, so that balancers can move clients. After it HTTP/2 gets GOAWAY: open streams go on, new ones need a new connection; HTTP/1.1 gets `connection: close` with the next answer. Default: for ever.",
          "type": [
            "string",
            "null"
          ],
          "pattern": "^(\\d+(\\.\\d+)?d)?(\\d+(\\.\\d+)?h)?(\\d+(\\.\\d+)?m(?!s))?(\\d+(\\.\\d+)?s)?(\\d+(\\.\\d+)?ms)?$|\\$\\{",
          "examples": [
            "500ms",
            "30s",
            "1h30m"
          ]
        },
        "connection_age_grace": {
          "description": "How long the streams and answers of a connection that has reached its age may go on; then it is closed. Who watches connects again and resumes. Default: 30s.",
          "type": [
            "string",
            "null"
          ],
          "pattern": "^(\\d+(\\.\\d+)?d)?(\\d+(\\.\\d+)?h)?(\\d+(\\.\\d+)?m(?!s))?(\\d+(\\.\\d+)?s)?(\\d+(\\.\\d+)?ms)?$|\\$\\{",
          "examples": [
            "500ms",
            "30s",
            "1h30m"
          ]
        }
      },
      "patternProperties": {
        "^probesInFlight$": {
          "$ref": "#/definitions/Limits/properties/probes_in_flight"
        },
        "^probesInFlightPerHost$": {
          "$ref": "#/definitions/Limits/properties/probes_in_flight_per_host"
        },
        "^requestBytes$": {
          "$ref": "#/definitions/Limits/properties/request_bytes"
        },
        "^streamsPerConnection$": {
          "$ref": "#/definitions/Limits/properties/streams_per_connection"
        },
        "^grpcHealthList$": {
          "$ref": "#/definitions/Limits/properties/grpc_health_list"
        },
        "^writeTimeout$": {
          "$ref": "#/definitions/Limits/properties/write_timeout"
        },
        "^unreadBytesPerConnection$": {
          "$ref": "#/definitions/Limits/properties/unread_bytes_per_connection"
        },
        "^unreadBytes$": {
          "$ref": "#/definitions/Limits/properties/unread_bytes"
        },
        "^reportsPerSecond$": {
          "$ref": "#/definitions/Limits/properties/reports_per_second"
        },
        "^reportsPerSecondPerClient$": {
          "$ref": "#/definitions/Limits/properties/reports_per_second_per_client"
        },
        "^maxRemovedShare$": {
          "$ref": "#/definitions/Limits/properties/max_removed_share"
        },
        "^pipelinedRequests$": {
          "$ref": "#/definitions/Limits/properties/pipelined_requests"
        },
        "^rapidResets$": {
          "$ref": "#/definitions/Limits/properties/rapid_resets"
        },
        "^heldBytesPerConnection$": {
          "$ref": "#/definitions/Limits/properties/held_bytes_per_connection"
        },
        "^pagesPerConnection$": {
          "$ref": "#/definitions/Limits/properties/pages_per_connection"
        },
        "^pendingConnections$": {
          "$ref": "#/definitions/Limits/properties/pending_connections"
        },
        "^callsPerSecondPerClient$": {
          "$ref": "#/definitions/Limits/properties/calls_per_second_per_client"
        },
        "^callsPerSecondPerPrincipal$": {
          "$ref": "#/definitions/Limits/properties/calls_per_second_per_principal"
        },
        "^connectionAge$": {
          "$ref": "#/definitions/Limits/properties/connection_age"
        },
        "^connectionAgeGrace$": {
          "$ref": "#/definitions/Limits/properties/connection_age_grace"
        }
      },
      "additionalProperties": false
    },
    "Link": {
      "description": "A page about a component. Shown as it is: it is no place for credentials.",
      "type": "object",
      "properties": {
        "title": {
          "description": "What is there.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "url": {
          "description": "Where: http or https, without user and password.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        }
      },
      "additionalProperties": false,
      "allOf": [
        {
          "required": [
            "title"
          ]
        },
        {
          "required": [
            "url"
          ]
        }
      ]
    },
    "Maintenance": {
      "description": "When a component is out of service on purpose. It is still probed; its status is MAINTENANCE.",
      "type": "object",
      "properties": {
        "active": {
          "description": "Out of service until this is taken away.",
          "type": [
            "boolean",
            "string",
            "null"
          ],
          "pattern": "^(true|True|TRUE|false|False|FALSE)$|\\$\\{"
        },
        "windows": {
          "description": "Out of service in these windows.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "$ref": "#/definitions/MaintenanceWindow"
          }
        },
        "reason": {
          "description": "Why, for people.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        }
      },
      "additionalProperties": false
    },
    "MaintenanceWindow": {
      "description": "A time out of service: once (start and end) or again and again (cron and duration).",
      "type": "object",
      "properties": {
        "start": {
          "description": "When it starts, for example 2026-12-24T22:00:00Z.",
          "type": [
            "string",
            "null"
          ],
          "pattern": "^\\d{4}-\\d\\d-\\d\\d(T.*)?$|\\$\\{",
          "examples": [
            "2026-12-24T22:00:00Z",
            "2026-12-24"
          ]
        },
        "end": {
          "description": "When it ends.",
          "type": [
            "string",
            "null"
          ],
          "pattern": "^\\d{4}-\\d\\d-\\d\\d(T.*)?$|\\$\\{",
          "examples": [
            "2026-12-24T22:00:00Z",
            "2026-12-24"
          ]
        },
        "cron": {
          "description": "When it starts, again and again: minute hour day month weekday.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "duration": {
          "description": "How long it then lasts.",
          "type": [
            "string",
            "null"
          ],
          "pattern": "^(\\d+(\\.\\d+)?d)?(\\d+(\\.\\d+)?h)?(\\d+(\\.\\d+)?m(?!s))?(\\d+(\\.\\d+)?s)?(\\d+(\\.\\d+)?ms)?$|\\$\\{",
          "examples": [
            "500ms",
            "30s",
            "1h30m"
          ]
        },
        "timezone": {
          "description": "Time zone of cron, for example Europe/Berlin. Default: UTC.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        }
      },
      "additionalProperties": false
    },
    "MatrixChannel": {
      "description": "Matrix. A message that is sent twice is there once; what follows an alert replies to its first message.",
      "type": "object",
      "properties": {
        "homeserver": {
          "description": "Homeserver, such as https://matrix.example.org.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "token": {
          "description": "Access token of the user that writes.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "room": {
          "description": "Id of the room, such as !abc:example.org.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        }
      },
      "additionalProperties": false,
      "allOf": [
        {
          "required": [
            "homeserver"
          ]
        },
        {
          "required": [
            "token"
          ]
        },
        {
          "required": [
            "room"
          ]
        }
      ]
    },
    "Member": {
      "description": "A component in a group.",
      "type": "object",
      "properties": {
        "component": {
          "description": "Its id.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "impact": {
          "description": "How much it may pull the group down. Default: CRITICAL.",
          "anyOf": [
            {
              "enum": [
                "CRITICAL",
                "DEGRADES",
                "IGNORED"
              ]
            },
            {
              "type": "string",
              "pattern": "^IMPACT_(CRITICAL|DEGRADES|IGNORED)$|\\$\\{"
            },
            {
              "type": "null"
            }
          ]
        },
        "weight": {
          "description": "Its weight in the rule `weighted`. Default: 1.",
          "type": [
            "integer",
            "string",
            "null"
          ],
          "pattern": "^[-+]?\\d+$|\\$\\{",
          "minimum": 1,
          "maximum": 1000000
        }
      },
      "additionalProperties": false,
      "allOf": [
        {
          "required": [
            "component"
          ]
        }
      ]
    },
    "NtfyChannel": {
      "description": "ntfy. Priority by severity: CRITICAL 5, ERROR 4, WARNING and what is over 3, INFO 2.",
      "type": "object",
      "properties": {
        "url": {
          "description": "Server. Default: https://ntfy.sh.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "topic": {
          "description": "Topic.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "token": {
          "description": "Access token.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        }
      },
      "additionalProperties": false,
      "allOf": [
        {
          "required": [
            "topic"
          ]
        }
      ]
    },
    "OAuth2": {
      "description": "An access token by client credentials (RFC 6749, section 4.4). It is fetched for all who ask for the same one, kept until shortly before it expires, and fetched anew once where the target answers 401. Whatever keeps it from being there makes the component UNKNOWN: it says nothing about the target.",
      "type": "object",
      "properties": {
        "token_url": {
          "description": "Where tokens are given: http or https.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "client_id": {
          "description": "Name of the client.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "client_secret": {
          "description": "Its secret. Never shown.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "scopes": {
          "description": "What the token is for, as scopes.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "type": [
              "string",
              "number",
              "boolean"
            ]
          },
          "maxItems": 64
        },
        "audience": {
          "description": "Whom the token is for, where the provider asks for it.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "client_authentication": {
          "description": "How the client names itself. Default: BASIC.",
          "anyOf": [
            {
              "enum": [
                "BASIC",
                "POST"
              ]
            },
            {
              "type": "string",
              "pattern": "^CLIENT_AUTHENTICATION_(BASIC|POST)$|\\$\\{"
            },
            {
              "type": "null"
            }
          ]
        },
        "tls": {
          "description": "TLS options for an https token_url.",
          "anyOf": [
            {
              "$ref": "#/definitions/ClientTls"
            },
            {
              "type": "null"
            }
          ]
        }
      },
      "patternProperties": {
        "^tokenUrl$": {
          "$ref": "#/definitions/OAuth2/properties/token_url"
        },
        "^clientId$": {
          "$ref": "#/definitions/OAuth2/properties/client_id"
        },
        "^clientSecret$": {
          "$ref": "#/definitions/OAuth2/properties/client_secret"
        },
        "^clientAuthentication$": {
          "$ref": "#/definitions/OAuth2/properties/client_authentication"
        }
      },
      "additionalProperties": false,
      "allOf": [
        {
          "anyOf": [
            {
              "required": [
                "token_url"
              ]
            },
            {
              "required": [
                "tokenUrl"
              ]
            }
          ]
        },
        {
          "anyOf": [
            {
              "required": [
                "client_id"
              ]
            },
            {
              "required": [
                "clientId"
              ]
            }
          ]
        },
        {
          "anyOf": [
            {
              "required": [
                "client_secret"
              ]
            },
            {
              "required": [
                "clientSecret"
              ]
            }
          ]
        }
      ]
    },
    "Observer": {
      "description": "How OpenK finds out that its own network is gone: then what its probes see counts for nothing.",
      "type": "object",
      "properties": {
        "witnesses": {
          "description": "Ids of components that are there whenever the network is, such as a gateway and two resolvers of others.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "type": [
              "string",
              "number",
              "boolean"
            ]
          },
          "minItems": 1,
          "maxItems": 20
        },
        "quorum": {
          "description": "How many of them have to answer. Default: 1.",
          "type": [
            "integer",
            "string",
            "null"
          ],
          "pattern": "^[-+]?\\d+$|\\$\\{",
          "minimum": 1
        }
      },
      "additionalProperties": false
    },
    "Oidc": {
      "description": "Login of people with a browser, at an OpenID provider. The first role whose condition holds counts; without one nobody gets in.",
      "type": "object",
      "properties": {
        "issuer": {
          "description": "The provider, as its configuration names itself.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "client_id": {
          "description": "OpenK's name at the provider.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "client_secret": {
          "description": "OpenK's secret at the provider.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "public_url": {
          "description": "Address at which browsers reach OpenK, such as https://health.example.com. The provider sends them back to its /auth/callback.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "scopes": {
          "description": "What the provider is asked for. Default: openid, profile, email.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "type": [
              "string",
              "number",
              "boolean"
            ]
          },
          "maxItems": 100
        },
        "session": {
          "description": "How long somebody stays logged in. Default: 8h.",
          "type": [
            "string",
            "null"
          ],
          "pattern": "^(\\d+(\\.\\d+)?d)?(\\d+(\\.\\d+)?h)?(\\d+(\\.\\d+)?m(?!s))?(\\d+(\\.\\d+)?s)?(\\d+(\\.\\d+)?ms)?$|\\$\\{",
          "examples": [
            "500ms",
            "30s",
            "1h30m"
          ]
        },
        "session_keys": {
          "description": "Secrets of 32 bytes in base64 that encrypt sessions: the first one does, both are read. Default: derived from client_secret.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "type": [
              "string",
              "number",
              "boolean"
            ]
          },
          "maxItems": 2
        },
        "roles": {
          "description": "What people are allowed, by claims of the ID token and of userinfo.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "$ref": "#/definitions/Role"
          },
          "minItems": 1,
          "maxItems": 1000
        },
        "refresh": {
          "description": "How long what the provider says of somebody counts, before it is asked again; where it gives refresh tokens, which most do for the scope offline_access. Default: 15m.",
          "type": [
            "string",
            "null"
          ],
          "pattern": "^(\\d+(\\.\\d+)?d)?(\\d+(\\.\\d+)?h)?(\\d+(\\.\\d+)?m(?!s))?(\\d+(\\.\\d+)?s)?(\\d+(\\.\\d+)?ms)?$|\\$\\{",
          "examples": [
            "500ms",
            "30s",
            "1h30m"
          ]
        }
      },
      "patternProperties": {
        "^clientId$": {
          "$ref": "#/definitions/Oidc/properties/client_id"
        },
        "^clientSecret$": {
          "$ref": "#/definitions/Oidc/properties/client_secret"
        },
        "^publicUrl$": {
          "$ref": "#/definitions/Oidc/properties/public_url"
        },
        "^sessionKeys$": {
          "$ref": "#/definitions/Oidc/properties/session_keys"
        }
      },
      "additionalProperties": false,
      "allOf": [
        {
          "required": [
            "issuer"
          ]
        },
        {
          "anyOf": [
            {
              "required": [
                "client_id"
              ]
            },
            {
              "required": [
                "clientId"
              ]
            }
          ]
        },
        {
          "anyOf": [
            {
              "required": [
                "client_secret"
              ]
            },
            {
              "required": [
                "clientSecret"
              ]
            }
          ]
        },
        {
          "anyOf": [
            {
              "required": [
                "public_url"
              ]
            },
            {
              "required": [
                "publicUrl"
              ]
            }
          ]
        }
      ]
    },
    "OpenkProbe": {
      "description": "Follows a component of another OpenK over its stream, opened anew by each run and held open until the next.",
      "type": "object",
      "properties": {
        "server": {
          "description": "URL of the other OpenK.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "component": {
          "description": "The component there. Default: its root group.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "tls": {
          "description": "TLS options for https.",
          "anyOf": [
            {
              "$ref": "#/definitions/ClientTls"
            },
            {
              "type": "null"
            }
          ]
        },
        "token": {
          "description": "An API key or access token of the other OpenK, which must have READ there; sent as `Authorization: Bearer TOKEN`, so make the server https://. Default: none.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        }
      },
      "additionalProperties": false,
      "allOf": [
        {
          "required": [
            "server"
          ]
        }
      ]
    },
    "PagerdutyChannel": {
      "description": "PagerDuty. An alert is one incident, which its id names (dedup_key): acknowledged and resolved with it. A reminder opens it again where somebody has resolved it there. A test opens one and resolves it.",
      "type": "object",
      "properties": {
        "routing_key": {
          "description": "Integration key of the service, 32 characters.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "url": {
          "description": "Address that events are posted to. Default: https://events.pagerduty.com/v2/enqueue.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        }
      },
      "patternProperties": {
        "^routingKey$": {
          "$ref": "#/definitions/PagerdutyChannel/properties/routing_key"
        }
      },
      "additionalProperties": false,
      "allOf": [
        {
          "anyOf": [
            {
              "required": [
                "routing_key"
              ]
            },
            {
              "required": [
                "routingKey"
              ]
            }
          ]
        }
      ]
    },
    "Probes": {
      "description": "What holds for all probes.",
      "type": "object",
      "properties": {
        "deny_addresses": {
          "description": "Networks that no probe connects to, as addresses or CIDR, also after a redirect: where clouds keep credentials. An empty list allows all. Default: 169.254.0.0/16, fe80::/10.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "type": [
              "string",
              "number",
              "boolean"
            ]
          }
        }
      },
      "patternProperties": {
        "^denyAddresses$": {
          "$ref": "#/definitions/Probes/properties/deny_addresses"
        }
      },
      "additionalProperties": false
    },
    "PromqlProbe": {
      "description": "Asks Prometheus, or what speaks as it does, by an instant query. Each series of the result is a component ID.LABELS, and the worst of them counts. Whatever keeps Prometheus from answering makes it UNKNOWN: it says nothing about what is measured.",
      "type": "object",
      "properties": {
        "server": {
          "description": "URL of the server, with the path in front of /api/v1/query where there is one. Credentials in it are never shown.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "query": {
          "description": "The query, of an instant vector or a scalar.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ],
          "minLength": 1
        },
        "healthy": {
          "description": "CEL over value and labels: a series is HEALTHY while it is true, for example value < 0.01.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ],
          "minLength": 1
        },
        "degraded": {
          "description": "CEL over value and labels: a series that is not HEALTHY is DEGRADED while it is true. Default: it is UNHEALTHY.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "empty": {
          "description": "What no series, or a value that is not a number, means. Default: UNKNOWN.",
          "anyOf": [
            {
              "enum": [
                "UNKNOWN",
                "HEALTHY",
                "UNHEALTHY"
              ]
            },
            {
              "type": "string",
              "pattern": "^EMPTY_(UNKNOWN|HEALTHY|UNHEALTHY)$|\\$\\{"
            },
            {
              "type": "null"
            }
          ]
        },
        "part_labels": {
          "description": "Labels whose values name a series. Default: all, with their names.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "type": [
              "string",
              "number",
              "boolean"
            ]
          },
          "maxItems": 16
        },
        "max_age": {
          "description": "Age of a sample from which a series is UNKNOWN; for a query that is a selector, since what is computed has no age. Default: what the server still gives, mostly 5 minutes.",
          "type": [
            "string",
            "null"
          ],
          "pattern": "^(\\d+(\\.\\d+)?d)?(\\d+(\\.\\d+)?h)?(\\d+(\\.\\d+)?m(?!s))?(\\d+(\\.\\d+)?s)?(\\d+(\\.\\d+)?ms)?$|\\$\\{",
          "examples": [
            "500ms",
            "30s",
            "1h30m"
          ]
        },
        "headers": {
          "description": "Request headers. Their values are never shown.",
          "type": [
            "object",
            "null"
          ],
          "additionalProperties": {
            "type": [
              "string",
              "number",
              "boolean"
            ]
          }
        },
        "tls": {
          "description": "TLS options for https.",
          "anyOf": [
            {
              "$ref": "#/definitions/ClientTls"
            },
            {
              "type": "null"
            }
          ]
        },
        "ip_family": {
          "description": "Which of its addresses are tried. Default: all, those of IPv6 first.",
          "anyOf": [
            {
              "enum": [
                "IPV4",
                "IPV6",
                "PREFER_IPV4"
              ]
            },
            {
              "type": "string",
              "pattern": "^IP_FAMILY_(IPV4|IPV6|PREFER_IPV4)$|\\$\\{"
            },
            {
              "type": "null"
            }
          ]
        },
        "resolver": {
          "description": "The name server that is asked for its name, IP or IP:PORT; then neither the hosts file nor search domains count. Default: those of the system.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "proxy": {
          "description": "An HTTP proxy to go through, http://HOST:PORT: https by CONNECT, http in absolute form. Credentials in it are never shown. Default: none, whatever the environment says.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "oauth2": {
          "description": "Gets an access token and sends it as `Authorization: Bearer TOKEN`.",
          "anyOf": [
            {
              "$ref": "#/definitions/OAuth2"
            },
            {
              "type": "null"
            }
          ]
        }
      },
      "patternProperties": {
        "^partLabels$": {
          "$ref": "#/definitions/PromqlProbe/properties/part_labels"
        },
        "^maxAge$": {
          "$ref": "#/definitions/PromqlProbe/properties/max_age"
        },
        "^ipFamily$": {
          "$ref": "#/definitions/PromqlProbe/properties/ip_family"
        }
      },
      "additionalProperties": false,
      "allOf": [
        {
          "required": [
            "server"
          ]
        }
      ]
    },
    "ProxyUser": {
      "description": "Users that a login proxy names in a header. Only from server.trusted_proxies; from anybody else the header is ignored.",
      "type": "object",
      "properties": {
        "header": {
          "description": "Header with the name of the user, for example Remote-User.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "groups_header": {
          "description": "Header with the groups of the user, with commas between them: `claims.groups` of the roles. `claims.user` is the name.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "roles": {
          "description": "What users are allowed. The first role whose condition holds counts.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "$ref": "#/definitions/Role"
          },
          "minItems": 1,
          "maxItems": 1000
        }
      },
      "patternProperties": {
        "^groupsHeader$": {
          "$ref": "#/definitions/ProxyUser/properties/groups_header"
        }
      },
      "additionalProperties": false,
      "allOf": [
        {
          "required": [
            "header"
          ]
        }
      ]
    },
    "QuorumRule": {
      "description": "By how many members are healthy. HEALTHY with enough healthy members, DEGRADED with enough healthy or degraded ones, else UNHEALTHY. A number stays what it is while members are in MAINTENANCE, so that of three with one of them in maintenance `healthy: 2` takes both others; a percentage is of those that are left.",
      "type": "object",
      "properties": {
        "healthy": {
          "description": "Healthy members that make it HEALTHY.",
          "type": [
            "integer",
            "string",
            "null"
          ],
          "pattern": "^[-+]?\\d+$|\\$\\{",
          "minimum": 1
        },
        "healthy_percent": {
          "description": "The same as a percentage of the members that count and are not in MAINTENANCE.",
          "type": [
            "integer",
            "string",
            "null"
          ],
          "pattern": "^[-+]?\\d+$|\\$\\{",
          "minimum": 1,
          "maximum": 100
        },
        "degraded": {
          "description": "Healthy or degraded members that make it DEGRADED. Default: 1.",
          "type": [
            "integer",
            "string",
            "null"
          ],
          "pattern": "^[-+]?\\d+$|\\$\\{",
          "minimum": 1
        },
        "degraded_percent": {
          "description": "The same as a percentage of the counted members.",
          "type": [
            "integer",
            "string",
            "null"
          ],
          "pattern": "^[-+]?\\d+$|\\$\\{",
          "minimum": 1,
          "maximum": 100
        }
      },
      "patternProperties": {
        "^healthyPercent$": {
          "$ref": "#/definitions/QuorumRule/properties/healthy_percent"
        },
        "^degradedPercent$": {
          "$ref": "#/definitions/QuorumRule/properties/degraded_percent"
        }
      },
      "additionalProperties": false
    },
    "Retention": {
      "description": "How long each kind of record is kept. What is older is forgotten within about an hour.",
      "type": "object",
      "properties": {
        "transitions": {
          "description": "Changes of status: what ListTransitions and GetHealth with `at` answer from. With `memory:` at most 168h and 100000 changes. Default: 43800h.",
          "type": [
            "string",
            "null"
          ],
          "pattern": "^(\\d+(\\.\\d+)?d)?(\\d+(\\.\\d+)?h)?(\\d+(\\.\\d+)?m(?!s))?(\\d+(\\.\\d+)?s)?(\\d+(\\.\\d+)?ms)?$|\\$\\{",
          "examples": [
            "500ms",
            "30s",
            "1h30m"
          ]
        },
        "observations": {
          "description": "Single observations: what GetHealth with `at` says of the last one. With `memory:` at most 1h. Default: 48h.",
          "type": [
            "string",
            "null"
          ],
          "pattern": "^(\\d+(\\.\\d+)?d)?(\\d+(\\.\\d+)?h)?(\\d+(\\.\\d+)?m(?!s))?(\\d+(\\.\\d+)?s)?(\\d+(\\.\\d+)?ms)?$|\\$\\{",
          "examples": [
            "500ms",
            "30s",
            "1h30m"
          ]
        },
        "five_minutes": {
          "description": "Time in each status and latencies, by five minutes: how fine the steps of GetAvailability can be. With `memory:` at most 24h. Default: 720h.",
          "type": [
            "string",
            "null"
          ],
          "pattern": "^(\\d+(\\.\\d+)?d)?(\\d+(\\.\\d+)?h)?(\\d+(\\.\\d+)?m(?!s))?(\\d+(\\.\\d+)?s)?(\\d+(\\.\\d+)?ms)?$|\\$\\{",
          "examples": [
            "500ms",
            "30s",
            "1h30m"
          ]
        },
        "hours": {
          "description": "The same by hours. With `memory:` at most 168h. Default: 8760h.",
          "type": [
            "string",
            "null"
          ],
          "pattern": "^(\\d+(\\.\\d+)?d)?(\\d+(\\.\\d+)?h)?(\\d+(\\.\\d+)?m(?!s))?(\\d+(\\.\\d+)?s)?(\\d+(\\.\\d+)?ms)?$|\\$\\{",
          "examples": [
            "500ms",
            "30s",
            "1h30m"
          ]
        },
        "days": {
          "description": "The same by days, UTC. With `memory:` at most 2160h. Default: 43800h.",
          "type": [
            "string",
            "null"
          ],
          "pattern": "^(\\d+(\\.\\d+)?d)?(\\d+(\\.\\d+)?h)?(\\d+(\\.\\d+)?m(?!s))?(\\d+(\\.\\d+)?s)?(\\d+(\\.\\d+)?ms)?$|\\$\\{",
          "examples": [
            "500ms",
            "30s",
            "1h30m"
          ]
        },
        "audit": {
          "description": "Who changed what: what ListAudit answers from. At most 200000 entries; with `memory:` at most 168h and 10000 entries. Default: 2160h.",
          "type": [
            "string",
            "null"
          ],
          "pattern": "^(\\d+(\\.\\d+)?d)?(\\d+(\\.\\d+)?h)?(\\d+(\\.\\d+)?m(?!s))?(\\d+(\\.\\d+)?s)?(\\d+(\\.\\d+)?ms)?$|\\$\\{",
          "examples": [
            "500ms",
            "30s",
            "1h30m"
          ]
        },
        "alerts": {
          "description": "Alerts from their ends, and deliveries from when they were accepted or given up: what ListAlerts and ListDeliveries answer from. At most 100000 of each; with `memory:` at most 168h and 5000 of each. What is open or waits is kept in any case. Default: 2160h.",
          "type": [
            "string",
            "null"
          ],
          "pattern": "^(\\d+(\\.\\d+)?d)?(\\d+(\\.\\d+)?h)?(\\d+(\\.\\d+)?m(?!s))?(\\d+(\\.\\d+)?s)?(\\d+(\\.\\d+)?ms)?$|\\$\\{",
          "examples": [
            "500ms",
            "30s",
            "1h30m"
          ]
        }
      },
      "patternProperties": {
        "^fiveMinutes$": {
          "$ref": "#/definitions/Retention/properties/five_minutes"
        }
      },
      "additionalProperties": false
    },
    "Role": {
      "description": "What somebody is allowed whose claims meet a condition.",
      "type": "object",
      "properties": {
        "when": {
          "description": "CEL over `claims`, for example claims.groups.exists(g, g == 'sre'). A claim that is not there makes it false.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "allow": {
          "description": "What it allows.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "anyOf": [
              {
                "enum": [
                  "STATUS_PAGES",
                  "READ",
                  "EXPLAIN",
                  "REPORT",
                  "OPERATE",
                  "ADMIN",
                  "PROBE"
                ]
              },
              {
                "type": "string",
                "pattern": "^SCOPE_(STATUS_PAGES|READ|EXPLAIN|REPORT|OPERATE|ADMIN|PROBE)$|\\$\\{"
              }
            ]
          },
          "minItems": 1
        },
        "select": {
          "description": "Components that it allows this for, as in auth.anonymous.select. Default: all.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "type": [
              "string",
              "number",
              "boolean"
            ]
          },
          "maxItems": 1000
        }
      },
      "additionalProperties": false,
      "allOf": [
        {
          "required": [
            "when"
          ]
        }
      ]
    },
    "Root": {
      "description": "The group of all components that are in no other group.",
      "type": "object",
      "properties": {
        "id": {
          "description": "Its id. Default: system.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "rule": {
          "description": "Its rule. Default: worst.",
          "anyOf": [
            {
              "$ref": "#/definitions/Rule"
            },
            {
              "type": "null"
            }
          ]
        },
        "slo": {
          "description": "Its service level objective. Left out: it has none.",
          "anyOf": [
            {
              "$ref": "#/definitions/Slo"
            },
            {
              "type": "null"
            }
          ]
        }
      },
      "additionalProperties": false
    },
    "Rule": {
      "description": "How the statuses of members become one.",
      "type": "object",
      "properties": {
        "worst": {
          "description": "As bad as the worst member.",
          "anyOf": [
            {
              "$ref": "#/definitions/WorstRule"
            },
            {
              "type": "null"
            }
          ]
        },
        "best": {
          "description": "As good as the best member.",
          "anyOf": [
            {
              "$ref": "#/definitions/BestRule"
            },
            {
              "type": "null"
            }
          ]
        },
        "quorum": {
          "description": "By how many members are healthy.",
          "anyOf": [
            {
              "$ref": "#/definitions/QuorumRule"
            },
            {
              "type": "null"
            }
          ]
        },
        "weighted": {
          "description": "By the weighted share of members that are healthy.",
          "anyOf": [
            {
              "$ref": "#/definitions/WeightedRule"
            },
            {
              "type": "null"
            }
          ]
        }
      },
      "additionalProperties": false,
      "allOf": [
        {
          "oneOf": [
            {
              "required": [
                "worst"
              ]
            },
            {
              "required": [
                "best"
              ]
            },
            {
              "required": [
                "quorum"
              ]
            },
            {
              "required": [
                "weighted"
              ]
            }
          ]
        }
      ]
    },
    "Server": {
      "description": "What the port answers, and how.",
      "type": "object",
      "properties": {
        "pipeline": {
          "description": "Whether ordinary calls are answered by OpenK's own pipeline, without Connect's handlers. False is slower and answers the same, faults in JSON in other words: to compare. Default: true.",
          "type": [
            "boolean",
            "string",
            "null"
          ],
          "pattern": "^(true|True|TRUE|false|False|FALSE)$|\\$\\{"
        },
        "reflection": {
          "description": "Whether it answers server reflection, by which grpcurl and others find the services. Default: true.",
          "type": [
            "boolean",
            "string",
            "null"
          ],
          "pattern": "^(true|True|TRUE|false|False|FALSE)$|\\$\\{"
        },
        "allowed_hosts": {
          "description": "Host names that requests may name, without a port; `*` allows every one, `*.example.com` those below. A request to another host is refused. Default: loopback names and addresses where it listens on loopback, else every one.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "type": [
              "string",
              "number",
              "boolean"
            ]
          }
        },
        "trusted_proxies": {
          "description": "Proxies and load balancers whose word on who calls is believed, as addresses or CIDR: the X-Forwarded-For of requests over connections from there, and the PROXY protocol with proxy_protocol. Nobody else's is. Default: none.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "type": [
              "string",
              "number",
              "boolean"
            ]
          }
        },
        "proxy_protocol": {
          "description": "Whether connections from trusted_proxies begin with a header of the PROXY protocol, version 1 or 2, in front of TLS too. One from there without a header is ended; all others have none and are taken as they are. Default: false.",
          "type": [
            "boolean",
            "string",
            "null"
          ],
          "pattern": "^(true|True|TRUE|false|False|FALSE)$|\\$\\{"
        }
      },
      "patternProperties": {
        "^allowedHosts$": {
          "$ref": "#/definitions/Server/properties/allowed_hosts"
        },
        "^trustedProxies$": {
          "$ref": "#/definitions/Server/properties/trusted_proxies"
        },
        "^proxyProtocol$": {
          "$ref": "#/definitions/Server/properties/proxy_protocol"
        }
      },
      "additionalProperties": false
    },
    "ServerTls": {
      "description": "TLS of OpenK's own port. The files are read again when they change: open connections stay, new ones get what the files say now, and files that cannot be used change nothing.",
      "type": "object",
      "properties": {
        "cert_file": {
          "description": "PEM file with the certificate chain, the leaf first. Relative to the configuration file.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "key_file": {
          "description": "PEM file with the private key. Relative to the configuration file.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "client_ca_file": {
          "description": "PEM file with the authorities that client certificates must come from. Set: clients without one are refused, unless client_certificates says otherwise.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "client_certificates": {
          "description": "Whether clients must have a certificate of client_ca_file. Default: OPTIONAL with auth.mtls, else REQUIRED.",
          "anyOf": [
            {
              "enum": [
                "REQUIRED",
                "OPTIONAL"
              ]
            },
            {
              "type": "string",
              "pattern": "^CLIENT_CERTIFICATES_(REQUIRED|OPTIONAL)$|\\$\\{"
            },
            {
              "type": "null"
            }
          ]
        }
      },
      "patternProperties": {
        "^certFile$": {
          "$ref": "#/definitions/ServerTls/properties/cert_file"
        },
        "^keyFile$": {
          "$ref": "#/definitions/ServerTls/properties/key_file"
        },
        "^clientCaFile$": {
          "$ref": "#/definitions/ServerTls/properties/client_ca_file"
        },
        "^clientCertificates$": {
          "$ref": "#/definitions/ServerTls/properties/client_certificates"
        }
      },
      "additionalProperties": false,
      "allOf": [
        {
          "anyOf": [
            {
              "required": [
                "cert_file"
              ]
            },
            {
              "required": [
                "certFile"
              ]
            }
          ]
        },
        {
          "anyOf": [
            {
              "required": [
                "key_file"
              ]
            },
            {
              "required": [
                "keyFile"
              ]
            }
          ]
        }
      ]
    },
    "Show": {
      "description": "What is shown beside names and statuses.",
      "type": "object",
      "properties": {
        "uptime_days": {
          "description": "Days that uptime is shown for, UTC, today among them. 0: it is not shown. Default: 90.",
          "type": [
            "integer",
            "string",
            "null"
          ],
          "pattern": "^[-+]?\\d+$|\\$\\{",
          "maximum": 366
        },
        "latency": {
          "description": "Whether the median latency of the last day is shown. Default: false.",
          "type": [
            "boolean",
            "string",
            "null"
          ],
          "pattern": "^(true|True|TRUE|false|False|FALSE)$|\\$\\{"
        }
      },
      "patternProperties": {
        "^uptimeDays$": {
          "$ref": "#/definitions/Show/properties/uptime_days"
        }
      },
      "additionalProperties": false
    },
    "SlackChannel": {
      "description": "Slack. Nobody is mentioned whatever a text says.",
      "type": "object",
      "properties": {
        "webhook_url": {
          "description": "Incoming webhook. Either this, or token and channel.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "token": {
          "description": "Token of a bot with chat:write. What follows an alert is then in its thread; reminders and its end are shown in the channel too.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "channel": {
          "description": "Channel, by its id or name.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "api_url": {
          "description": "Address of the API. Default: https://slack.com/api.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        }
      },
      "patternProperties": {
        "^webhookUrl$": {
          "$ref": "#/definitions/SlackChannel/properties/webhook_url"
        },
        "^apiUrl$": {
          "$ref": "#/definitions/SlackChannel/properties/api_url"
        }
      },
      "additionalProperties": false
    },
    "Slo": {
      "description": "A service level objective: how much of the time that counts a component is to be good; the rest is its error budget (docs/slo.md).",
      "type": "object",
      "properties": {
        "objective": {
          "description": "Percent of the time that counts which is to be good, with at most four decimals, such as 99.9.",
          "type": [
            "number",
            "string",
            "null"
          ],
          "pattern": "^[-+]?(\\d|\\.)|\\$\\{",
          "exclusiveMinimum": 0,
          "exclusiveMaximum": 100
        },
        "window": {
          "description": "Over how long a time until now. From 168h to 2160h. Default: 30d.",
          "type": [
            "string",
            "null"
          ],
          "pattern": "^(\\d+(\\.\\d+)?d)?(\\d+(\\.\\d+)?h)?(\\d+(\\.\\d+)?m(?!s))?(\\d+(\\.\\d+)?s)?(\\d+(\\.\\d+)?ms)?$|\\$\\{",
          "examples": [
            "500ms",
            "30s",
            "1h30m"
          ]
        },
        "good": {
          "description": "Statuses that are good; what is in neither list, and not UNKNOWN, is bad. Default: HEALTHY, DEGRADED.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "anyOf": [
              {
                "enum": [
                  "HEALTHY",
                  "DEGRADED",
                  "MAINTENANCE"
                ]
              },
              {
                "type": "string",
                "pattern": "^HEALTH_STATUS_(HEALTHY|DEGRADED|MAINTENANCE)$|\\$\\{"
              }
            ]
          }
        },
        "exclude": {
          "description": "Statuses whose time does not count. Default: MAINTENANCE.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "anyOf": [
              {
                "enum": [
                  "DEGRADED",
                  "MAINTENANCE"
                ]
              },
              {
                "type": "string",
                "pattern": "^HEALTH_STATUS_(DEGRADED|MAINTENANCE)$|\\$\\{"
              }
            ]
          }
        },
        "unknown": {
          "description": "How time counts in which nobody knows how it was: UNKNOWN, and what was not watched. Default: EXCLUDE.",
          "anyOf": [
            {
              "enum": [
                "EXCLUDE",
                "BAD"
              ]
            },
            {
              "type": "string",
              "pattern": "^UNKNOWN_(EXCLUDE|BAD)$|\\$\\{"
            },
            {
              "type": "null"
            }
          ]
        }
      },
      "additionalProperties": false,
      "allOf": [
        {
          "required": [
            "objective"
          ]
        }
      ]
    },
    "StatusPage": {
      "description": "A page at /status/ID. It shows names, never ids, targets or reasons.",
      "type": "object",
      "properties": {
        "id": {
          "description": "Its name in addresses.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "title": {
          "description": "Its title, for people.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "description": {
          "description": "A sentence or two below the title.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "access": {
          "description": "Who may see it. Default: PRIVATE.",
          "anyOf": [
            {
              "enum": [
                "PUBLIC",
                "UNLISTED",
                "PRIVATE"
              ]
            },
            {
              "type": "string",
              "pattern": "^ACCESS_(PUBLIC|UNLISTED|PRIVATE)$|\\$\\{"
            },
            {
              "type": "null"
            }
          ]
        },
        "groups": {
          "description": "What is on it.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "$ref": "#/definitions/StatusPageGroup"
          },
          "maxItems": 100
        },
        "names": {
          "description": "Names for components by their ids, in place of their display_name. A component that is taken by a selector needs one of the two; one that is written by its id is shown by it where it has neither.",
          "type": [
            "object",
            "null"
          ],
          "additionalProperties": {
            "type": [
              "string",
              "number",
              "boolean"
            ]
          }
        },
        "show": {
          "description": "What is shown beside names and statuses.",
          "anyOf": [
            {
              "$ref": "#/definitions/Show"
            },
            {
              "type": "null"
            }
          ]
        },
        "url": {
          "description": "Web address at which readers reach it, for feeds and badges. Default: none, and links are relative.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "embed_origins": {
          "description": "Origins whose pages may show it in a frame, at /embed/ID: such as https://www.example.com, or * for all. Default: none.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "type": [
              "string",
              "number",
              "boolean"
            ]
          },
          "maxItems": 100
        }
      },
      "patternProperties": {
        "^embedOrigins$": {
          "$ref": "#/definitions/StatusPage/properties/embed_origins"
        }
      },
      "additionalProperties": false,
      "allOf": [
        {
          "required": [
            "id"
          ]
        },
        {
          "required": [
            "title"
          ]
        }
      ]
    },
    "StatusPageGroup": {
      "description": "Components under one title.",
      "type": "object",
      "properties": {
        "title": {
          "description": "Its title, for people.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "components": {
          "description": "Ids, and selectors such as `team=payments`, `team=payments,tier!=test` or `id=shop-*`: what has a `=` is one. It takes what is not on the page yet, in the order of names.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "type": [
              "string",
              "number",
              "boolean"
            ]
          },
          "minItems": 1,
          "maxItems": 1000
        }
      },
      "additionalProperties": false,
      "allOf": [
        {
          "required": [
            "title"
          ]
        }
      ]
    },
    "Storage": {
      "description": "Where state and history are kept.",
      "type": "object",
      "properties": {
        "url": {
          "description": "`memory:` loses everything at a restart; `sqlite:PATH` keeps it in a file, relative to the working directory; `postgres://USER@HOST/DATABASE` in PostgreSQL. Default: sqlite:data/openk.db.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "retention": {
          "description": "How long history is kept.",
          "anyOf": [
            {
              "$ref": "#/definitions/Retention"
            },
            {
              "type": "null"
            }
          ]
        },
        "on_corrupt": {
          "description": "What a start makes of a file that is damaged; PostgreSQL looks after its own. Default: REFUSE.",
          "anyOf": [
            {
              "enum": [
                "REFUSE",
                "START_EMPTY"
              ]
            },
            {
              "type": "string",
              "pattern": "^ON_CORRUPT_(REFUSE|START_EMPTY)$|\\$\\{"
            },
            {
              "type": "null"
            }
          ]
        }
      },
      "patternProperties": {
        "^onCorrupt$": {
          "$ref": "#/definitions/Storage/properties/on_corrupt"
        }
      },
      "additionalProperties": false
    },
    "TcpProbe": {
      "description": "Connects to a TCP port. HEALTHY when it connects, and answers as expected where that is asked.",
      "type": "object",
      "properties": {
        "target": {
          "description": "Where: HOST:PORT. The host is a name, also one with underscores or of another alphabet, an IPv4 address, or an IPv6 address in brackets.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "send": {
          "description": "What to send after connecting: text is sent as UTF-8, `\\xNN` in double quotes is the byte NN, and `!!binary` takes base64. Never shown.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "expect": {
          "description": "Regular expression (RE2 syntax) that the first 4 KiB of the answer must match. `^` is the beginning of the answer, `$` the end of a line or of the answer, `\\xNN` the byte NN or the character U+00NN.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "tls": {
          "description": "TLS options. Left out: cleartext, unless starttls is set.",
          "anyOf": [
            {
              "$ref": "#/definitions/ClientTls"
            },
            {
              "type": "null"
            }
          ]
        },
        "ip_family": {
          "description": "Which of its addresses are tried. Default: all, those of IPv6 first.",
          "anyOf": [
            {
              "enum": [
                "IPV4",
                "IPV6",
                "PREFER_IPV4"
              ]
            },
            {
              "type": "string",
              "pattern": "^IP_FAMILY_(IPV4|IPV6|PREFER_IPV4)$|\\$\\{"
            },
            {
              "type": "null"
            }
          ]
        },
        "resolver": {
          "description": "The name server that is asked for its name, IP or IP:PORT; then neither the hosts file nor search domains count. Default: those of the system.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "proxy": {
          "description": "An HTTP proxy to go through, http://HOST:PORT: by CONNECT. Credentials in it are never shown. Default: none, whatever the environment says.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "starttls": {
          "description": "Asks for TLS in this protocol first; send and expect then go through TLS. Default: no.",
          "anyOf": [
            {
              "enum": [
                "SMTP",
                "IMAP",
                "POP3",
                "POSTGRES",
                "LDAP",
                "FTP"
              ]
            },
            {
              "type": "string",
              "pattern": "^START_TLS_(SMTP|IMAP|POP3|POSTGRES|LDAP|FTP)$|\\$\\{"
            },
            {
              "type": "null"
            }
          ]
        }
      },
      "patternProperties": {
        "^ipFamily$": {
          "$ref": "#/definitions/TcpProbe/properties/ip_family"
        }
      },
      "additionalProperties": false,
      "allOf": [
        {
          "required": [
            "target"
          ]
        }
      ]
    },
    "TeamsChannel": {
      "description": "Microsoft Teams.",
      "type": "object",
      "properties": {
        "webhook_url": {
          "description": "Address of the workflow.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "wrap": {
          "description": "Whether the card is wrapped in a message, as the usual workflow takes it; some take the bare card. Default: true.",
          "type": [
            "boolean",
            "string",
            "null"
          ],
          "pattern": "^(true|True|TRUE|false|False|FALSE)$|\\$\\{"
        }
      },
      "patternProperties": {
        "^webhookUrl$": {
          "$ref": "#/definitions/TeamsChannel/properties/webhook_url"
        }
      },
      "additionalProperties": false,
      "allOf": [
        {
          "anyOf": [
            {
              "required": [
                "webhook_url"
              ]
            },
            {
              "required": [
                "webhookUrl"
              ]
            }
          ]
        }
      ]
    },
    "TelegramChannel": {
      "description": "Telegram. What follows an alert replies to its first message.",
      "type": "object",
      "properties": {
        "token": {
          "description": "Token of the bot.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "chat_id": {
          "description": "Chat, by its number or @name.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "message_thread_id": {
          "description": "Topic of a forum. Left out: none.",
          "type": [
            "integer",
            "string",
            "null"
          ],
          "pattern": "^[-+]?\\d+$|\\$\\{"
        },
        "api_url": {
          "description": "Address of the API. Default: https://api.telegram.org.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        }
      },
      "patternProperties": {
        "^chatId$": {
          "$ref": "#/definitions/TelegramChannel/properties/chat_id"
        },
        "^messageThreadId$": {
          "$ref": "#/definitions/TelegramChannel/properties/message_thread_id"
        },
        "^apiUrl$": {
          "$ref": "#/definitions/TelegramChannel/properties/api_url"
        }
      },
      "additionalProperties": false,
      "allOf": [
        {
          "required": [
            "token"
          ]
        },
        {
          "anyOf": [
            {
              "required": [
                "chat_id"
              ]
            },
            {
              "required": [
                "chatId"
              ]
            }
          ]
        }
      ]
    },
    "TlsProbe": {
      "description": "Looks at a server's certificate: chain, name and expiry.",
      "type": "object",
      "properties": {
        "target": {
          "description": "Where: HOST:PORT. The host is a name, also one with underscores or of another alphabet, an IPv4 address, or an IPv6 address in brackets.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "server_name": {
          "description": "Name to ask for and to verify. Default: the host of the target.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "degraded_before": {
          "description": "Time before expiry from which it is DEGRADED. Default: 336h (14 days), or a third of its lifetime where that is less.",
          "type": [
            "string",
            "null"
          ],
          "pattern": "^(\\d+(\\.\\d+)?d)?(\\d+(\\.\\d+)?h)?(\\d+(\\.\\d+)?m(?!s))?(\\d+(\\.\\d+)?s)?(\\d+(\\.\\d+)?ms)?$|\\$\\{",
          "examples": [
            "500ms",
            "30s",
            "1h30m"
          ]
        },
        "ca_file": {
          "description": "PEM file with the authorities to trust. Default: those of the system.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "degraded_before_share": {
          "description": "Share of its lifetime before expiry from which it is DEGRADED, above 0 and below 1: 0.33 is two days of a certificate of six. Default: see degraded_before.",
          "type": [
            "number",
            "string",
            "null"
          ],
          "pattern": "^[-+]?(\\d|\\.)|\\$\\{",
          "exclusiveMinimum": 0,
          "exclusiveMaximum": 1
        },
        "starttls": {
          "description": "Asks for TLS in this protocol first. Default: TLS from the first byte.",
          "anyOf": [
            {
              "enum": [
                "SMTP",
                "IMAP",
                "POP3",
                "POSTGRES",
                "LDAP",
                "FTP"
              ]
            },
            {
              "type": "string",
              "pattern": "^START_TLS_(SMTP|IMAP|POP3|POSTGRES|LDAP|FTP)$|\\$\\{"
            },
            {
              "type": "null"
            }
          ]
        },
        "ip_family": {
          "description": "Which of its addresses are tried. Default: all, those of IPv6 first.",
          "anyOf": [
            {
              "enum": [
                "IPV4",
                "IPV6",
                "PREFER_IPV4"
              ]
            },
            {
              "type": "string",
              "pattern": "^IP_FAMILY_(IPV4|IPV6|PREFER_IPV4)$|\\$\\{"
            },
            {
              "type": "null"
            }
          ]
        },
        "resolver": {
          "description": "The name server that is asked for its name, IP or IP:PORT; then neither the hosts file nor search domains count. Default: those of the system.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "proxy": {
          "description": "An HTTP proxy to go through, http://HOST:PORT: by CONNECT. Credentials in it are never shown. Default: none, whatever the environment says.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        }
      },
      "patternProperties": {
        "^serverName$": {
          "$ref": "#/definitions/TlsProbe/properties/server_name"
        },
        "^degradedBefore$": {
          "$ref": "#/definitions/TlsProbe/properties/degraded_before"
        },
        "^caFile$": {
          "$ref": "#/definitions/TlsProbe/properties/ca_file"
        },
        "^degradedBeforeShare$": {
          "$ref": "#/definitions/TlsProbe/properties/degraded_before_share"
        },
        "^ipFamily$": {
          "$ref": "#/definitions/TlsProbe/properties/ip_family"
        }
      },
      "additionalProperties": false,
      "allOf": [
        {
          "required": [
            "target"
          ]
        }
      ]
    },
    "Vantage": {
      "description": "Places that probe one component. What each of them sees is a component of its own, ID.PLACE; the component itself is a group of these. A place that says nothing for `stale_after` is UNKNOWN, and counts as such (docs/vantage.md).",
      "type": "object",
      "properties": {
        "from": {
          "description": "Names of places: of agents (`openk agent --place NAME`), or of OpenK's own instances (`instance.place`).",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "type": [
              "string",
              "number",
              "boolean"
            ]
          },
          "minItems": 1,
          "maxItems": 16
        },
        "rule": {
          "description": "How its status follows from what they see. Default: what most of them see, HEALTHY where more than half do, UNHEALTHY where more than half see that.",
          "anyOf": [
            {
              "$ref": "#/definitions/Rule"
            },
            {
              "type": "null"
            }
          ]
        }
      },
      "additionalProperties": false
    },
    "Watchdog": {
      "description": "A dead man's switch.",
      "type": "object",
      "properties": {
        "url": {
          "description": "Address that is asked (GET), such as that of a check at healthchecks.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "every": {
          "description": "How often. Default: 1m.",
          "type": [
            "string",
            "null"
          ],
          "pattern": "^(\\d+(\\.\\d+)?d)?(\\d+(\\.\\d+)?h)?(\\d+(\\.\\d+)?m(?!s))?(\\d+(\\.\\d+)?s)?(\\d+(\\.\\d+)?ms)?$|\\$\\{",
          "examples": [
            "500ms",
            "30s",
            "1h30m"
          ]
        }
      },
      "additionalProperties": false,
      "allOf": [
        {
          "required": [
            "url"
          ]
        }
      ]
    },
    "WebhookChannel": {
      "description": "Signed JSON by HTTP: Standard Webhooks (standardwebhooks.com). The header webhook-id is the same at each attempt, webhook-timestamp and webhook-signature are those of the attempt.",
      "type": "object",
      "properties": {
        "url": {
          "description": "Where it is posted to.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "secret": {
          "description": "Secret that requests are signed with: whsec_ and 24 to 64 bytes in base64. Left out: they are not signed.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "more_secrets": {
          "description": "Secrets that requests are signed with beside it, while it is being replaced.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "type": [
              "string",
              "number",
              "boolean"
            ]
          },
          "maxItems": 4
        },
        "headers": {
          "description": "Headers that are added.",
          "type": [
            "object",
            "null"
          ],
          "additionalProperties": {
            "type": [
              "string",
              "number",
              "boolean"
            ]
          }
        },
        "body": {
          "description": "CEL over `type`, `timestamp` and `alert` whose result is the JSON that is sent, for example {'text': alert.component + ' is ' + alert.status}. A field that an alert may not have is asked for by has(): where the expression has no value, nothing is sent. Default: all of it.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        }
      },
      "patternProperties": {
        "^moreSecrets$": {
          "$ref": "#/definitions/WebhookChannel/properties/more_secrets"
        }
      },
      "additionalProperties": false,
      "allOf": [
        {
          "required": [
            "url"
          ]
        }
      ]
    },
    "WebsocketProbe": {
      "description": "Opens a WebSocket (RFC 6455). HEALTHY when it opens, and a message comes as expected where that is asked.",
      "type": "object",
      "properties": {
        "url": {
          "description": "Where: ws or wss. Credentials in it are never shown.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "send": {
          "description": "A text message to send. Never shown.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "expect": {
          "description": "Regular expression (RE2 syntax) that a text message must match. Others that come before are passed over. Default: with send any message will do.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "headers": {
          "description": "Request headers. Their values are never shown.",
          "type": [
            "object",
            "null"
          ],
          "additionalProperties": {
            "type": [
              "string",
              "number",
              "boolean"
            ]
          }
        },
        "subprotocols": {
          "description": "Subprotocols to offer, of which the server must choose one.",
          "type": [
            "array",
            "null"
          ],
          "items": {
            "type": [
              "string",
              "number",
              "boolean"
            ]
          },
          "maxItems": 16
        },
        "max_message": {
          "description": "Longest message that is taken, in bytes. Default: 65536 (64 KiB).",
          "type": [
            "integer",
            "string",
            "null"
          ],
          "pattern": "^[-+]?\\d+$|\\$\\{",
          "minimum": 125,
          "maximum": 16777216
        },
        "tls": {
          "description": "TLS options for wss.",
          "anyOf": [
            {
              "$ref": "#/definitions/ClientTls"
            },
            {
              "type": "null"
            }
          ]
        },
        "ip_family": {
          "description": "Which of its addresses are tried. Default: all, those of IPv6 first.",
          "anyOf": [
            {
              "enum": [
                "IPV4",
                "IPV6",
                "PREFER_IPV4"
              ]
            },
            {
              "type": "string",
              "pattern": "^IP_FAMILY_(IPV4|IPV6|PREFER_IPV4)$|\\$\\{"
            },
            {
              "type": "null"
            }
          ]
        },
        "resolver": {
          "description": "The name server that is asked for its name, IP or IP:PORT; then neither the hosts file nor search domains count. Default: those of the system.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        },
        "proxy": {
          "description": "An HTTP proxy to go through, http://HOST:PORT: by CONNECT. Credentials in it are never shown. Default: none, whatever the environment says.",
          "type": [
            "string",
            "number",
            "boolean",
            "null"
          ]
        }
      },
      "patternProperties": {
        "^maxMessage$": {
          "$ref": "#/definitions/WebsocketProbe/properties/max_message"
        },
        "^ipFamily$": {
          "$ref": "#/definitions/WebsocketProbe/properties/ip_family"
        }
      },
      "additionalProperties": false,
      "allOf": [
        {
          "required": [
            "url"
          ]
        }
      ]
    },
    "WeightedRule": {
      "description": "By score: the sum of each counted member's weight times 1 (HEALTHY), 0.5 (DEGRADED) or 0 (UNHEALTHY), over the sum of the weights.",
      "type": "object",
      "properties": {
        "healthy_at": {
          "description": "Score from which it is HEALTHY.",
          "type": [
            "number",
            "string",
            "null"
          ],
          "pattern": "^[-+]?(\\d|\\.)|\\$\\{",
          "exclusiveMinimum": 0,
          "maximum": 1
        },
        "degraded_at": {
          "description": "Score from which it is DEGRADED.",
          "type": [
            "number",
            "string",
            "null"
          ],
          "pattern": "^[-+]?(\\d|\\.)|\\$\\{",
          "exclusiveMinimum": 0,
          "maximum": 1
        }
      },
      "patternProperties": {
        "^healthyAt$": {
          "$ref": "#/definitions/WeightedRule/properties/healthy_at"
        },
        "^degradedAt$": {
          "$ref": "#/definitions/WeightedRule/properties/degraded_at"
        }
      },
      "additionalProperties": false,
      "allOf": [
        {
          "anyOf": [
            {
              "required": [
                "healthy_at"
              ]
            },
            {
              "required": [
                "healthyAt"
              ]
            }
          ]
        },
        {
          "anyOf": [
            {
              "required": [
                "degraded_at"
              ]
            },
            {
              "required": [
                "degradedAt"
              ]
            }
          ]
        }
      ]
    },
    "WorstRule": {
      "description": "As bad as the worst member.",
      "type": "object",
      "properties": {},
      "additionalProperties": false
    }
  }
};
