"""BeautifulSoup on html.parser: broken HTML, selectors, entities."""
from bs4 import BeautifulSoup

LINKS = "".join(f'<a href="/{i}">link {i}</a>' for i in range(500))
soup = BeautifulSoup(f'<html><body><div class="a b"><p>x<b>y</b></p><p>z &eacute; &#8364;</div>{LINKS}', "html.parser")
print(soup.prettify()[:800])
print(len(soup.find_all("a")), [p.text for p in soup.select("div.a > p")], [a["href"] for a in soup.find_all("a", limit=3)])
for link in soup.find_all("a")[10:]:
    link.decompose()
print(soup)
