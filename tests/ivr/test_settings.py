"""Settings: what an operator writes is taken, and what is wrong is said in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.settings import SettingsError, load


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "yinling.toml"
    monkeypatch.setenv("YINLING_SETTINGS", str(path))
    return path


def test_a_hotline_without_a_settings_file_is_dialled_at_12349_on_loopback(file: Path) -> None:
    settings = load()
    assert (settings.sip.host, settings.sip.port, settings.sip.service_number) == ("127.0.0.1", 5060, "12349")


def test_the_file_is_read_and_the_environment_goes_over_it(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text('[sip]\nport = 5071\nservice_number = "12345"\n', encoding="utf-8")
    monkeypatch.setenv("YINLING_SIP__PORT", "5072")
    settings = load()
    assert (settings.sip.port, settings.sip.service_number) == (5072, "12345")


def test_an_unknown_key_is_named_with_the_file(file: Path) -> None:
    file.write_text("[sip]\nportt = 5071\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"yinling\.toml.*sip\.portt: there is no such setting"):
        load()


def test_a_value_with_a_wrong_unit_is_named_with_what_was_written(file: Path) -> None:
    file.write_text('[listening]\nsilence_s = "6000ms"\n', encoding="utf-8")
    with pytest.raises(SettingsError, match=r"listening\.silence_s = '6000ms'"):
        load()


def test_a_file_that_is_not_toml_gives_its_line(file: Path) -> None:
    file.write_text("[sip\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"not valid TOML.*line 1"):
        load()


def test_the_database_is_sqlite_beside_the_state_unless_an_address_is_given(file: Path, tmp_path: Path) -> None:
    assert load(var_dir=tmp_path).database_address == f"sqlite:///{tmp_path / 'yinling.db'}"
    assert load(database_url="postgresql://db/yinling").database_address == "postgresql://db/yinling"


def test_rasa_is_chosen_with_an_address_that_is_one(file: Path) -> None:
    assert load().nlu.engine == "embedded"
    file.write_text('[nlu]\nengine = "rasa"\nrasa_url = "http://rasa:5005"\n', encoding="utf-8")
    assert (load().nlu.engine, load().nlu.rasa_url) == ("rasa", "http://rasa:5005")
    for wrong in ("rasa:5005", "http://", "ftp://rasa", "http://me:secret@rasa:5005", "http://rasa:5005/webhook"):
        file.write_text(f'[nlu]\nrasa_url = "{wrong}"\n', encoding="utf-8")
        with pytest.raises(SettingsError, match=r"nlu\.rasa_url"):
            load()


def test_the_password_of_the_gateway_for_text_messages_is_not_shown(file: Path) -> None:
    file.write_text('[messages]\npassword = "geheim"\n', encoding="utf-8")
    settings = load()
    assert settings.messages.password.get_secret_value() == "geheim"
    assert "geheim" not in f"{settings!r} {settings.model_dump_json()}"
