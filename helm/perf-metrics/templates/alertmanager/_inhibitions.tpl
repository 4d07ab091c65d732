{{/*
Which alerts hide which others. A label that both lack counts as equal, so each rule asks for the label that ties the two
together: without that, a critical alert about no event would hide every warning about none. What is of severity `none`
(Watchdog, the test's alert) is never hidden.
*/}}
{{- define "perf-metrics.alertmanager.inhibitions" -}}
# Whatever else is known of an event that is in a critical state: of the whole service,
- name: critical hides the service's lesser alerts of the event
  source_matchers: [severity = "critical", event != ""]
  target_matchers: [severity =~ "warning|info", event != "", instance = ""]
  equal: [namespace, service, event]
# of every instance, when it is critical in the whole service,
- name: critical in the service hides the instances' lesser alerts of the event
  source_matchers: [severity = "critical", event != "", instance = ""]
  target_matchers: [severity =~ "warning|info", event != "", instance != ""]
  equal: [namespace, service, event]
# and of the same instance.
- name: critical hides the instance's lesser alerts of the event
  source_matchers: [severity = "critical", event != "", instance != ""]
  target_matchers: [severity =~ "warning|info", event != "", instance != ""]
  equal: [namespace, service, event, instance]
# Nothing is known of an instance that does not answer.
- name: a dead target hides what is said of it
  source_matchers: [alertname = "PerfTargetDown", instance != ""]
  target_matchers: [alertname != "PerfTargetDown", severity =~ "critical|warning|info", instance != ""]
  equal: [namespace, instance]
{{- end }}
