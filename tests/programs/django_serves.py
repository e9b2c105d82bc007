"""Django without a database: URLs, templates, forms, JSON, the test client, management commands."""
import django
from django import forms
from django.conf import settings
from django.core.management import call_command
from django.http import HttpResponse, JsonResponse
from django.template import Context, Template
from django.urls import path
from django.utils import html, text

settings.configure(SECRET_KEY="x", ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"],
                   TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}])
django.setup()


def index(request):
    template = Template("{% for x in xs %}{{ x|upper }}-{{ forloop.counter }} {% empty %}none{% endfor %}")
    return HttpResponse(template.render(Context({"xs": ["a", "b", "<c>"]})))


def number(request, n):
    return JsonResponse({"n": n, "query": request.GET.dict()})


def fails(request):
    raise RuntimeError("no")


urlpatterns = [path("", index), path("number/<int:n>/", number), path("fails/", fails)]


class Form(forms.Form):
    name = forms.CharField(max_length=5)
    count = forms.IntegerField(min_value=3)


from django.test import Client

client = Client(raise_request_exception=False)
for url in ("/", "/number/42/?a=b&c=%C3%A9", "/nowhere", "/fails/"):
    answer = client.get(url)
    print(url, answer.status_code, answer["Content-Type"], answer.content[:100])
form = Form({"name": "too long", "count": "1"})
print(form.is_valid(), form.errors.as_json())
print(Form({"name": "ok", "count": "7"}).as_p())
print(text.slugify("Héllo Wörld"), html.escape("<a & b>"))
call_command("check")
