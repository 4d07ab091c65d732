{{/*
Which alerts hide which others: only what follows from the other, or is a lesser form of it, since what hides may itself be
silenced. A label that both lack counts as equal, so each rule asks for the label that ties the two together: without that, a
critical alert about no event would hide every warning about none. What is of severity `none` (Watchdog, the test's alert) is
never hidden.
*/}}
{{- define "perf-metrics.alertmanager.inhibitions" -}}
# Of an event that is in a critical state: what else is said of it in the whole service,
- name: critical hides lesser alerts of the event in the service
  source_matchers: [severity = "critical", event != ""]
  target_matchers: [severity =~ "warning|info", event != "", instance = ""]
  equal: [namespace, service, event]
# of each instance, when it is critical in the whole service,
- name: critical in the service hides lesser alerts of the event of an instance
  source_matchers: [severity = "critical", event != "", instance = ""]
  target_matchers: [severity =~ "warning|info", event != "", instance != ""]
  equal: [namespace, service, event]
# and of the same instance.
- name: critical of an instance hides its lesser alerts of the event
  source_matchers: [severity = "critical", event != "", instance != ""]
  target_matchers: [severity =~ "warning|info", event != "", instance != ""]
  equal: [namespace, service, event, instance]
# Nothing is known of an instance that does not answer. Of its service all is told: one dead instance of many does not explain that
# an event has become rare.
- name: a dead target hides what is said of it
  source_matchers: [alertname = "PerfTargetDown", instance != ""]
  target_matchers: [alertname != "PerfTargetDown", severity =~ "critical|warning|info", instance != ""]
  equal: [namespace, instance]
# What else is said of a service without instances is of the time before.
- name: a service that is gone hides what is said of it
  source_matchers: [alertname = "PerfServiceGone", service != ""]
  target_matchers: [alertname != "PerfServiceGone", severity =~ "critical|warning|info", service != ""]
  equal: [namespace, service]
- name: no aggregation worker hides what they said
  source_matchers: [alertname = "PerfFleetDown"]
  target_matchers: [alertname =~ "PerfFleet.+|PerfRollout.+", severity =~ "warning|info"]
  equal: [namespace]
- name: an aggregation worker that asks nobody hides what it says of pods
  source_matchers: [alertname = "PerfFleetRoundsStopped", instance != ""]
  target_matchers: [alertname =~ "PerfFleet.+", severity =~ "warning|info", instance != ""]
  equal: [namespace, instance]
# Alerts about no event that have a lesser form.
{{- range $worse, $lesser := dict "PerfEventLoopStalled" "PerfEventLoopStalling" "PerfRecordsLost" "PerfRecordsOverwritten" }}
- name: {{ $worse }} hides {{ $lesser }}
  source_matchers: [alertname = {{ $worse | quote }}, instance != ""]
  target_matchers: [alertname = {{ $lesser | quote }}, instance != ""]
  equal: [namespace, service, instance]
{{- end }}
{{- end }}
