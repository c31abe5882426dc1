"""What a reader sees of an HTML part."""

from __future__ import annotations

import pytest

from inboxwatch.mail.html import read_html


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>10,800<span>円</span></p>", "10,800円"),
        ("a<br>b", "a\nb"),
        ("<div>a</div><div>b</div>", "a\n\nb"),
        ("<table><tr><td>報酬</td><td>10,000円</td></tr><tr><td>x</td></tr></table>", "報酬 10,000円\n\nx"),
        ("<head><title>t</title><style>s</style></head><body>b<script>j</script><template>q</template></body>", "b"),
        ("a &amp; b&nbsp;&nbsp;c\n\t d", "a & b c d"),
        ("<p>a<!-- c -->b</p>", "ab"),
        ("", ""),
        ("<ul><li>a<li>b</ul>", "a\n\nb"),
    ],
)
def test_the_text_reads_as_it_looks(html: str, text: str) -> None:
    assert read_html(html).text == text


@pytest.mark.parametrize(
    "attribute",
    [
        'style="display:none"',
        'style="color:red; DISPLAY : None !important"',
        'style="visibility: hidden"',
        'style="font-size:0"',
        'style="font-size:0px;"',
        'style="font-size:0.0em"',
        'style="opacity:0"',
        'style="opacity: .0"',
        'style="display:/*x*/none"',
        "hidden",
    ],
)
def test_what_is_hidden_is_left_out_with_its_links(attribute: str) -> None:
    page = read_html(f"<p>a</p><div {attribute}>支払い確定<b>x</b><a href='https://evil.example/'>y</a></div><p>b</p>")
    assert page.text == "a\n\nb"
    assert page.links == ()


@pytest.mark.parametrize("style", ["font-size:0.8em", "opacity:0.9", "opacity:.5", "display:block", "font-size:small"])
def test_what_is_small_or_pale_is_still_seen(style: str) -> None:
    assert read_html(f'<p style="{style}">a</p>').text == "a"


def test_links_are_those_of_http_in_order_and_once() -> None:
    html = """<a href="https://b.example/1">1</a><a href=" http://a.example/&amp;x ">2</a><a href="https://b.example/1">3</a>
    <a href="javascript:x">4</a><a href="mailto:a@b.example">5</a><a>6</a><a href="/relative">7</a><a href="ht\ntps://c.example/">8</a>"""
    assert read_html(html).links == ("https://b.example/1", "http://a.example/&x", "https://c.example/")


def test_nothing_is_read_behind_a_thousand_open_nodes() -> None:
    page = read_html("<p>begin</p>" + "<div>" * 40_000 + "end")
    assert page.text == "begin"
    assert page.cut


def test_many_nodes_beside_each_other_are_no_depth() -> None:
    page = read_html("<div><p>x</div>" * 3_000)
    assert not page.cut
    assert page.text.count("x") == 3_000


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "html",
    [
        "<a " * 80_000,
        "<!--" * 60_000,
        "<ul><li>" * 30_000,
        "<b><p>" * 40_000,
        "&#" * 120_000,
        "<ul><li a=</ul>" * 17_000,
    ],
)
def test_hostile_html_ends(html: str) -> None:
    assert isinstance(read_html(html).text, str)
